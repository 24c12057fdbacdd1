-- Every payment of the same order, oldest first.
-- Leans on: the index on ledger_payment (order_id).
SELECT id, gateway, state, access, amount_minor, currency, created_at FROM ledger_payment
WHERE order_id = %(order_id)s ORDER BY id LIMIT 50
