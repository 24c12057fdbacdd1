// Group commit by the same rule as Tollkeeper's: everything that waits when a commit returns is the next batch, at most
// five hundred, on two connections, with one JSON parameter for each statement.

import { rowsOf } from "./callback.js";

const WRITERS = 2;
const MAX_BATCH = 500;

const LOCK = `
WITH locked AS (
    SELECT id, person_id, reference, gateway, amount_minor, currency, lines, facts, state FROM ledger_payment
    WHERE id IN (SELECT id::uuid FROM json_array_elements_text($1::json) AS asked (id)) ORDER BY id FOR NO KEY UPDATE
)
SELECT coalesce(json_agg(locked), '[]') AS payments FROM locked`;
const EVIDENCE = `
INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data, digest)
SELECT * FROM json_to_recordset($1::json) AS item (
    payment_id uuid, key text, kind text, source text, at timestamptz, data jsonb, digest text)
ON CONFLICT (payment_id, key) DO NOTHING`;
const GRANTS = `
INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state, route)
SELECT id, person_id, course_id, payment_id, 'open', 'fast_track'
FROM json_to_recordset($1::json) AS item (id uuid, person_id uuid, course_id uuid, payment_id uuid)
ON CONFLICT (id) DO NOTHING`;
const PAYMENTS = `
UPDATE ledger_payment AS payment
SET facts = item.facts, state = item.state, access = item.access, changed_at = clock_timestamp()
FROM json_to_recordset($1::json) AS item (id uuid, facts jsonb, state text, access text)
WHERE payment.id = item.id AND payment.state = 'open'`;
const POLLS = `
UPDATE ledger_poll AS poll SET next_at = least(next_at, clock_timestamp()), started_at = clock_timestamp()
FROM json_to_recordset($1::json) AS item (id uuid) WHERE poll.payment_id = item.id`;
const JOURNAL = `
INSERT INTO core_journal (kind, payment_id, person_id, data)
SELECT * FROM json_to_recordset($1::json) AS item (kind text, payment_id uuid, person_id uuid, data jsonb)`;
const DELIVERIES = `
INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)
SELECT uuidv7(), 'ikhokha', at, decode(body, 'base64'), headers, digest, verdict, payment_id
FROM json_to_recordset($1::json) AS item (
    at timestamptz, body text, headers jsonb, digest text, verdict text, payment_id uuid)`;

const asked = (name, text, rows) => ({ name, text, values: [JSON.stringify(rows)] });

async function settle(client, batch) {
  await client.query("BEGIN");
  const found = await client.query(asked("lock", LOCK, batch.map(({ callback }) => callback.paymentId)));
  const payments = new Map(found.rows[0].payments.map((payment) => [payment.id, payment]));
  const moved = [];
  const deliveries = [];
  const statuses = batch.map(({ callback }) => {
    const { at, raw, headers, digest, paymentId } = callback;
    const payment = payments.get(paymentId);
    if (!payment) return 404;
    const open = payment.state === "open";
    const verdict = open ? "settled" : "duplicate";
    if (open) moved.push(rowsOf(callback, payment));
    payment.state = "paid";
    deliveries.push({ at, body: raw.toString("base64"), headers, digest, verdict, payment_id: paymentId });
    return 200;
  });
  if (moved.length > 0) {
    const after = moved.map((rows) => rows.payment);
    await client.query(asked("evidence", EVIDENCE, moved.flatMap((rows) => rows.evidence)));
    await client.query(asked("grants", GRANTS, moved.map((rows) => rows.grant)));
    await client.query(asked("payments", PAYMENTS, after));
    await client.query(asked("polls", POLLS, after.map(({ id }) => ({ id }))));
    await client.query(asked("journal", JOURNAL, moved.flatMap((rows) => rows.journal)));
  }
  await client.query(asked("deliveries", DELIVERIES, deliveries));
  await client.query("COMMIT");
  return statuses;
}

export function batched(pool) {
  const waiting = [];
  let idle = WRITERS;

  async function work() {
    idle -= 1;
    const client = await pool.connect();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      try {
        const statuses = await settle(client, batch);
        batch.forEach((item, place) => item.answer(statuses[place]));
      } catch (error) {
        await client.query("ROLLBACK");
        batch.forEach((item) => item.fail(error));
      }
    }
    client.release();
    idle += 1;
  }

  return (callback) =>
    new Promise((answer, fail) => {
      waiting.push({ callback, answer, fail });
      if (idle > 0) work();
    });
}
