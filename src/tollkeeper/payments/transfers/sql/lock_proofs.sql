-- Let one proof of a payment, or one decision about its proofs, be stored at a time.
-- Leans on: an advisory lock that ends with the transaction; taken before the payment's own lock, never after it.
SELECT pg_advisory_xact_lock(hashtextextended('proofs ' || %(payment_id)s::text, 0))
