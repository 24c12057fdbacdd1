// One transaction for each request, a pool of twenty, statements prepared by name.

import { rowsOf } from "./callback.js";

const LOCK = `
SELECT person_id, reference, gateway, amount_minor::float8 AS amount_minor, currency, lines, facts, state
FROM ledger_payment WHERE id = $1 FOR NO KEY UPDATE`;
const EVIDENCE = `
INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14) ON CONFLICT (payment_id, key) DO NOTHING`;
const GRANT = `
INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state, route)
VALUES ($1, $2, $3, $4, 'open', 'fast_track') ON CONFLICT (id) DO NOTHING`;
const PAYMENT = `
UPDATE ledger_payment SET facts = $2, state = 'paid', access = 'open', changed_at = clock_timestamp()
WHERE id = $1 AND state = 'open'`;
const POLL = `
UPDATE ledger_poll SET next_at = least(next_at, clock_timestamp()), started_at = clock_timestamp()
WHERE payment_id = $1`;
const JOURNAL = `
INSERT INTO core_journal (kind, payment_id, person_id, data) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8)`;
const DELIVERY = `
INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)
VALUES (uuidv7(), 'ikhokha', $1, $2, $3, $4, $5, $6)`;

const asked = (name, text, values) => ({ name, text, values });

async function write(client, callback) {
  const found = await client.query(asked("lock", LOCK, [callback.paymentId]));
  if (found.rowCount === 0) return 404;
  const payment = found.rows[0];
  const open = payment.state === "open";
  if (open) {
    const { evidence, payment: after, grant, journal } = rowsOf(callback, payment);
    await client.query(asked("evidence", EVIDENCE, evidence.flatMap((row) => Object.values(row))));
    await client.query(asked("grant", GRANT, Object.values(grant)));
    await client.query(asked("payment", PAYMENT, [after.id, after.facts]));
    await client.query(asked("poll", POLL, [after.id]));
    await client.query(asked("journal", JOURNAL, journal.flatMap((row) => Object.values(row))));
  }
  const { at, raw, headers, digest, paymentId } = callback;
  const kept = [at, raw, headers, digest, open ? "settled" : "duplicate", paymentId];
  await client.query(asked("delivery", DELIVERY, kept));
  return 200;
}

export function single(pool) {
  return async (callback) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const status = await write(client, callback);
      await client.query("COMMIT");
      return status;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  };
}
