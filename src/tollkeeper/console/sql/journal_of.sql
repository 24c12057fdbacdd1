-- What the journal tells of a payment.
-- Leans on: core_journal_payment_idx.
SELECT id, at, kind, data FROM core_journal WHERE payment_id = %(payment_id)s ORDER BY id LIMIT 200
