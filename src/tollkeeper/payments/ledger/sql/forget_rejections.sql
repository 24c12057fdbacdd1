-- Keep the newest 50,000 rejected webhooks, and their counts for a year.
-- Leans on: ledger_rejection_pkey, whose ids grow with time.
WITH counts AS (
    DELETE FROM ledger_rejection_count WHERE hour < now() - interval '365 days'
)
DELETE FROM ledger_rejection WHERE id < (SELECT id FROM ledger_rejection ORDER BY id DESC OFFSET 50000 LIMIT 1)
