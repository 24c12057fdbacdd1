-- The order of a reference.
-- Leans on: ledger_order_reference_key.
SELECT id FROM ledger_order WHERE reference = %(reference)s
