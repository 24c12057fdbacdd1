-- The same, passing over rows that somebody else holds: one slow holder must not stop a whole batch.
-- Leans on: ledger_payment_pkey.
WITH locked AS (
    SELECT id, person_id, reference, gateway, amount_minor, currency, lines, facts, state, access
    FROM ledger_payment
    WHERE id IN (SELECT id::uuid FROM json_array_elements_text(%(ids)s::json) AS asked (id))
    ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT json_build_object(
    'payments', (SELECT coalesce(json_agg(locked), '[]') FROM locked),
    'modes', (SELECT row_to_json(core_switch) FROM core_switch),
    'flags', (SELECT coalesce(json_object_agg(name, enabled), '{}') FROM core_flag)
)::text
