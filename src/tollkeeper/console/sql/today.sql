-- Payments since a moment, counted and summed by state and currency; at most the newest hundred thousand.
-- Leans on: ledger_payment_pkey: an id begins with its time.
SELECT state, currency, count(*) AS count, sum(amount_minor)::bigint AS sum_minor
FROM (
    SELECT state, currency, amount_minor FROM ledger_payment
    WHERE id >= %(oldest)s ORDER BY id DESC LIMIT 100000
) AS recent
GROUP BY state, currency ORDER BY state, currency
