-- How the orders of a ticket stand now, the newest payment of each.
-- Leans on: ledger_order_reference_key, the index on ledger_payment (person_id).
SELECT DISTINCT ON (payment.reference)
    payment.reference, payment.lines -> 0 ->> 'item', payment.state, payment.access, payment.id
FROM ledger_payment AS payment JOIN ledger_order ON ledger_order.id = payment.order_id
WHERE ledger_order.reference = ANY(%(references)s)
   OR payment.person_id = %(person_id)s AND (ledger_order.signed_in OR payment.state IN ('paid', 'disputed', 'refunded'))
ORDER BY payment.reference, payment.id DESC
LIMIT 200
