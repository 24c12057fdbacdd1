-- Lock payments in id order and read them, as one JSON text. Waits for a held row (until lock_timeout).
-- Leans on: ledger_payment_pkey. NO KEY UPDATE, so that rows pointing at a payment may still be inserted.
WITH locked AS (
    SELECT id, person_id, reference, gateway, amount_minor, currency, lines, facts, state, access
    FROM ledger_payment
    WHERE id IN (SELECT id::uuid FROM json_array_elements_text(%(ids)s::json) AS asked (id))
    ORDER BY id
    FOR NO KEY UPDATE
)
SELECT coalesce(json_agg(locked), '[]')::text FROM locked
