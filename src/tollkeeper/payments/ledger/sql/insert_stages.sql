-- Note when payments passed stages; the first time stands.
-- Leans on: ledger_stage_pkey (payment_id, stage).
INSERT INTO ledger_stage (payment_id, stage, at)
SELECT payment_id, stage, at
FROM json_to_recordset(%(stages)s::json) AS item (payment_id uuid, stage text, at timestamptz)
ORDER BY payment_id, stage
ON CONFLICT (payment_id, stage) DO NOTHING
