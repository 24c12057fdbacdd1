-- Write what the reducer found.
-- Leans on: ledger_payment_pkey, and on no index holding these columns, so that the row stays on its page (HOT).
UPDATE ledger_payment AS payment
SET facts = item.facts, state = item.state, access = item.access, changed_at = clock_timestamp()
FROM json_to_recordset(%(payments)s::json) AS item (id uuid, facts jsonb, state text, access text)
WHERE payment.id = item.id
