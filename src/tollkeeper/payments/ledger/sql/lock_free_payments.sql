-- The same, passing over rows that somebody else holds: one slow holder must not stop a whole batch.
-- Leans on: ledger_payment_pkey.
WITH locked AS (
    SELECT id, person_id, reference, gateway, amount_minor, currency, lines, facts, state, access
    FROM ledger_payment
    WHERE id IN (SELECT id::uuid FROM json_array_elements_text(%(ids)s::json) AS asked (id))
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT coalesce(json_agg(locked), '[]')::text FROM locked
