-- Proofs whose file is due to go: each was handed in, and its payment last decided, before a moment; none waits for a look.
-- Leans on: transfers_proof_pkey, in its order; transfers_file_pkey; ledger_evidence_pkey, by payment.
SELECT proof.id, proof.payment_id, proof.digest
FROM transfers_proof AS proof
LEFT JOIN transfers_file AS file ON file.proof_id = proof.id
WHERE file.removed_at IS NULL
  AND proof.created_at < %(before)s
  AND proof.id > %(after)s
  AND (%(only)s::uuid IS NULL OR proof.id = %(only)s::uuid)
  AND EXISTS (
    SELECT FROM ledger_evidence AS act
    WHERE act.payment_id = proof.payment_id AND act.kind IN ('approved', 'rejected')
      AND (act.data ->> 'number')::int > (
        SELECT max(sent.number) FROM transfers_proof AS sent WHERE sent.payment_id = proof.payment_id
      )
  )
  AND NOT EXISTS (
    SELECT FROM ledger_evidence AS act
    WHERE act.payment_id = proof.payment_id AND act.kind IN ('approved', 'rejected') AND act.recorded_at >= %(before)s
  )
ORDER BY proof.id
LIMIT %(limit)s
