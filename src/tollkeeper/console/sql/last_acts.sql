-- Who decided each of these payments last.
-- Leans on: ledger_evidence_pkey (payment_id, key).
SELECT DISTINCT ON (payment_id) payment_id, kind, data ->> 'by' AS by, data ->> 'reason' AS reason, recorded_at
FROM ledger_evidence
WHERE payment_id = ANY(%(ids)s::uuid[]) AND kind IN ('approved', 'rejected')
ORDER BY payment_id, (data ->> 'number')::int DESC
