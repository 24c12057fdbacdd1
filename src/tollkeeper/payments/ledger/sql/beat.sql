-- The customer is looking: ask the gateway soon, also about a payment that had left the ladder.
-- Leans on: ledger_poll_pkey.
INSERT INTO ledger_poll AS poll (payment_id, present_at, next_at)
VALUES (%(payment_id)s, clock_timestamp(), clock_timestamp() + interval '2 seconds')
ON CONFLICT (payment_id) DO UPDATE
SET present_at = excluded.present_at, next_at = least(poll.next_at, excluded.next_at)
