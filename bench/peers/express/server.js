// The webhook as an Express application does it: `single` or `batched`, by the first argument.

import express from "express";
import pg from "pg";

import { batched } from "./batched.js";
import { read } from "./callback.js";
import { single } from "./single.js";

const pool = new pg.Pool({ max: 20 });
const settle = process.argv[2] === "batched" ? batched(pool) : single(pool);
const app = express();

app.disable("x-powered-by");
app.disable("etag");
app.post("/webhooks/ikhokha/:token", express.raw({ type: "*/*", limit: "64kb" }), async (request, response) => {
  const callback = read(request);
  if (callback === null) {
    response.status(401).json({ status: "forged" });
    return;
  }
  try {
    const status = await settle(callback);
    response.status(status).json({ status: status === 200 ? "settled" : "unknown_payment" });
  } catch (error) {
    console.error(error);
    response.status(500).json({ status: "unsettled" });
  }
});

const server = app.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.closeAllConnections();
  process.exit(0);
});
