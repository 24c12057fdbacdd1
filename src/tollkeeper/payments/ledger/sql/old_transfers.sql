-- Transfers that nobody has paid, shown a proof for or decided about for too long.
-- Leans on: one pass over the unpaid; run once an hour.
SELECT id FROM ledger_payment
WHERE gateway = 'transfer' AND state IN ('created', 'open') AND created_at < now() - make_interval(days => %(days)s)
ORDER BY id
LIMIT 500
