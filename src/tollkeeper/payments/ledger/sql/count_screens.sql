-- Count the browsers that were told that a payment opened something, and those that said they showed it.
-- Leans on: ledger_screens_pkey.
INSERT INTO ledger_screens AS counted (payment_id, told, shown)
SELECT payment_id, told, shown
FROM json_to_recordset(%(screens)s::json) AS item (payment_id uuid, told int, shown int)
ORDER BY payment_id
ON CONFLICT (payment_id) DO UPDATE SET told = counted.told + excluded.told, shown = counted.shown + excluded.shown
