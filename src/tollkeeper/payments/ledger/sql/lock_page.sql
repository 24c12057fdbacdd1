-- Let one request at a time ask the gateway for a payment's page.
-- Leans on: an advisory lock that ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('page ' || %(payment_id)s::text, 0))
