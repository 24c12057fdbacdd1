-- Store evidence; returns what was new, as one JSON text. Evidence that was here already is left as it was.
-- Leans on: ledger_evidence_pkey (payment_id, key). Payments are locked before, so nobody waits here.
WITH fresh AS (
    INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data, digest)
    SELECT payment_id, key, kind, source, at, data, digest
    FROM json_to_recordset(%(evidence)s::json) AS item (
        payment_id uuid, key text, kind text, source text, at timestamptz, data jsonb, digest text
    )
    ON CONFLICT (payment_id, key) DO NOTHING
    RETURNING payment_id, key
)
SELECT coalesce(json_agg(json_build_array(payment_id, key)), '[]')::text FROM fresh
