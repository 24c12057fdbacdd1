// What both ways of writing share: is it signed, what does it say, and which rows follow from it.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const SECRET = process.env.TOLLKEEPER_IKHOKHA_APP_SECRET;
const APP_ID = process.env.TOLLKEEPER_IKHOKHA_APP_ID;
const ACCEPTED_UP_TO = 500_000;
const KEPT_HEADERS = ["content-type", "user-agent", "ik-appid", "ik-sign"];

function signed(path, body, signature) {
  const escaped = (path + body).replace(/[\\"']/g, "\\$&").replaceAll("\0", "\\0");
  const ours = createHmac("sha256", SECRET).update(escaped).digest();
  const theirs = Buffer.from(signature ?? "", "hex");
  return theirs.length === ours.length && timingSafeEqual(ours, theirs);
}

/** The callback of a request, or null where it is not what the gateway signed. */
export function read(request) {
  const raw = request.body;
  if (!Buffer.isBuffer(raw) || request.headers["ik-appid"] !== APP_ID) return null;
  if (!signed(request.path, raw.toString("utf8"), request.headers["ik-sign"])) return null;
  let said;
  try {
    said = JSON.parse(raw);
  } catch {
    return null;
  }
  if (said.status !== "SUCCESS" || said.responseCode !== "00") return null;
  const id = said.externalTransactionID;
  const dashed = `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
  return {
    paymentId: dashed,
    link: said.paylinkID,
    at: new Date().toISOString(),
    raw,
    digest: createHash("sha256").update(raw).digest("hex"),
    headers: Object.fromEntries(KEPT_HEADERS.map((name) => [name, request.headers[name]])),
  };
}

/** The rows that a callback adds to a payment as it was read under its lock. */
export function rowsOf(callback, payment) {
  const { paymentId, link, at } = callback;
  const [line] = payment.lines;
  const told = {
    reference: payment.reference, items: [line.item], gateway: payment.gateway, amount_minor: payment.amount_minor,
    currency: payment.currency, state: "paid", access: "open", route: "fast_track", proof: "accepted",
    sources: ["settle", "webhook"],
  };
  const decision = { number: 1, route: "fast_track" };
  return {
    evidence: [
      {
        payment_id: paymentId, key: `callback_success:${link}:${ACCEPTED_UP_TO}`, kind: "callback_success",
        source: "webhook", at, data: { link: { id: link, url: "" }, accepted_up_to: ACCEPTED_UP_TO },
        digest: callback.digest,
      },
      { payment_id: paymentId, key: "decided:route", kind: "decided", source: "settle", at, data: decision, digest: null },
    ],
    payment: {
      id: paymentId, state: "paid", access: "open",
      facts: { ...payment.facts, accepted: [link], claimed_at: at, decision },
    },
    grant: {
      id: line.id, person_id: payment.person_id, course_id: line.item.slice("course:".length), payment_id: paymentId,
    },
    journal: ["payment.paid", "access.open"].map((kind) => ({
      kind, payment_id: paymentId, person_id: payment.person_id, data: told,
    })),
  };
}
