-- Put payments at the front of the ladder.
-- Leans on: ledger_poll_pkey.
UPDATE ledger_poll SET next_at = clock_timestamp() WHERE payment_id = ANY(%(ids)s::uuid[])
