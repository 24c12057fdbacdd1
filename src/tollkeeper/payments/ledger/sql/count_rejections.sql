-- Add up rejected webhooks per hour, reason and network.
-- Leans on: ledger_rejection_count_pkey.
INSERT INTO ledger_rejection_count AS counted (hour, reason, network, count)
SELECT hour, reason, network, count
FROM json_to_recordset(%(counts)s::json) AS item (hour timestamptz, reason text, network text, count bigint)
ORDER BY hour, reason, network
ON CONFLICT (hour, reason, network) DO UPDATE SET count = counted.count + excluded.count
