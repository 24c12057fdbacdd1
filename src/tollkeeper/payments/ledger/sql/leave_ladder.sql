-- Take payments off the ladder whose customers have not been seen for a day.
-- Leans on: ledger_poll_pkey.
DELETE FROM ledger_poll
WHERE payment_id = ANY(%(ids)s::uuid[])
  AND greatest(present_at, started_at) < clock_timestamp() - interval '24 hours'
