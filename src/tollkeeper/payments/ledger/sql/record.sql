-- Write what settle found; returns which evidence was new, as one JSON text. What was here already is left as it was.
-- Payments to ask about are asked about at once, and for a day from now.
-- Leans on: ledger_evidence_pkey (payment_id, key); ledger_poll_pkey; ledger_payment_pkey, and on no index holding the
-- columns set here, so that the row stays on its page (HOT). Payments are locked before, so nobody waits here.
WITH fresh AS (
    INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data, digest)
    SELECT (item->>'payment_id')::uuid, item->>'key', item->>'kind', item->>'source', (item->>'at')::timestamptz,
        item - '{payment_id,key,kind,source,at,digest}'::text[], item->>'digest'
    FROM jsonb_array_elements(%(evidence)s::jsonb) AS brought (item)
    ON CONFLICT (payment_id, key) DO NOTHING
    RETURNING payment_id, key
), moved AS (
    UPDATE ledger_payment AS payment
    SET facts = item.facts, state = item.state, access = item.access, changed_at = clock_timestamp()
    FROM json_to_recordset(%(payments)s::json) AS item (id uuid, facts jsonb, state text, access text)
    WHERE payment.id = item.id
), asked AS (
    INSERT INTO ledger_poll AS poll (payment_id, next_at)
    SELECT id::uuid, clock_timestamp() FROM json_array_elements_text(%(ask)s::json) AS claimed (id) ORDER BY id
    ON CONFLICT (payment_id) DO UPDATE
    SET next_at = least(poll.next_at, excluded.next_at), started_at = excluded.started_at
)
SELECT coalesce(json_agg(json_build_array(payment_id, key)), '[]')::text FROM fresh
