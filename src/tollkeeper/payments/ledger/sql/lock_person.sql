-- Let one checkout of a person run at a time, so that a double click finds the first one's payment.
-- Leans on: an advisory lock that ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('checkout ' || %(person_id)s::text, 0))
