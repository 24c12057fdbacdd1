-- Whom to write to about payments, about what, and in which language: that of the order, or what they chose since.
-- Leans on: the primary keys of payment, order and person; the index on ledger_order_line (order_id).
SELECT payment.id, person.email, line.title,
    CASE WHEN person.language_chosen_at > ledger_order.created_at THEN person.language ELSE ledger_order.language END
FROM ledger_payment AS payment
JOIN ledger_order ON ledger_order.id = payment.order_id
JOIN accounts_person AS person ON person.id = payment.person_id
JOIN LATERAL (
    SELECT title FROM ledger_order_line WHERE order_id = ledger_order.id ORDER BY id LIMIT 1
) AS line ON true
WHERE payment.id = ANY(%(ids)s::uuid[])
