-- The customer is looking: ask the gateway soon.
-- Leans on: ledger_poll_pkey.
UPDATE ledger_poll
SET present_at = clock_timestamp(), next_at = least(next_at, clock_timestamp() + interval '2 seconds')
WHERE payment_id = %(payment_id)s
