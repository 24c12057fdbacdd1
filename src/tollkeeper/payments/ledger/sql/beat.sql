-- The customer is looking: ask the gateway soon, also about a payment that had left the ladder.
-- Leans on: ledger_poll_pkey, ledger_payment_pkey.
INSERT INTO ledger_poll AS poll (payment_id, present_at, next_at)
SELECT id, clock_timestamp(), clock_timestamp() + interval '2 seconds'
FROM ledger_payment WHERE id = %(payment_id)s AND gateway <> ALL(%(by_hand)s::text[])
ON CONFLICT (payment_id) DO UPDATE
SET present_at = excluded.present_at, next_at = least(poll.next_at, excluded.next_at)
