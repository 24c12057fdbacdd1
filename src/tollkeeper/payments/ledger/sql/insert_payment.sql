-- Store another payment of an order, with the lines and the amount of one that it has.
-- Leans on: ledger_payment_pkey.
WITH paying AS (
    INSERT INTO ledger_payment (id, order_id, person_id, reference, gateway, amount_minor, currency, lines)
    SELECT %(payment_id)s, order_id, person_id, reference, %(gateway)s, amount_minor, currency, lines
    FROM ledger_payment WHERE id = %(beside)s
    RETURNING id
)
INSERT INTO ledger_poll (payment_id, next_at)
SELECT id, clock_timestamp() + interval '5 seconds' FROM paying WHERE %(asked)s
