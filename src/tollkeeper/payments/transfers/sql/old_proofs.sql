-- Proofs whose file is due to go: payment decided, and nothing about it open or handed in, since a moment.
-- Leans on: transfers_proof_pkey, in its order; transfers_file_pkey; ledger_evidence_pkey, by payment.
-- None waits for a look: the last act on its payment is newer than the last proof.
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
  AND NOT EXISTS (
    SELECT FROM ledger_intervention AS open WHERE open.payment_id = proof.payment_id AND open.closed_at IS NULL
  )
ORDER BY proof.id
LIMIT %(limit)s
