-- The newest word about each payment that waits, but for what we chose ourselves.
-- Leans on: ledger_evidence_pkey (payment_id, key).
SELECT DISTINCT ON (payment_id) payment_id, key, kind, source, at, recorded_at, data, digest
FROM ledger_evidence
WHERE payment_id = ANY(%(ids)s::uuid[]) AND kind NOT IN ('decided', 'opened', 'repaired')
ORDER BY payment_id, recorded_at DESC
