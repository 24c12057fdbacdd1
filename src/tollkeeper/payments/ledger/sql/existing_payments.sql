-- Which of some ids are payments at all; tells a held row from one that never was.
-- Leans on: ledger_payment_pkey.
SELECT id FROM ledger_payment
WHERE id IN (SELECT id::uuid FROM json_array_elements_text(%(ids)s::json) AS asked (id))
