-- Lock payments in id order and read them, the switchboard's modes and the flags somebody has turned, as one JSON text.
-- Waits for a held row (until lock_timeout).
-- Leans on: ledger_payment_pkey. NO KEY UPDATE, so that rows pointing at a payment may still be inserted.
WITH locked AS (
    SELECT id, person_id, reference, gateway, amount_minor, currency, lines, facts, state, access
    FROM ledger_payment
    WHERE id IN (SELECT id::uuid FROM json_array_elements_text(%(ids)s::json) AS asked (id))
    ORDER BY id
    FOR NO KEY UPDATE
)
SELECT json_build_object(
    'payments', (SELECT coalesce(json_agg(locked), '[]') FROM locked),
    'modes', (SELECT row_to_json(core_switch) FROM core_switch),
    'flags', (SELECT coalesce(json_object_agg(name, enabled), '{}') FROM core_flag)
)::text
