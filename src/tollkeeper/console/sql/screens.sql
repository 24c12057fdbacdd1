-- Of the browsers that were told of access since a moment, how many showed it.
-- Leans on: ledger_screens_pkey: an id begins with its time.
SELECT coalesce(sum(told), 0)::int AS told, coalesce(sum(least(shown, told)), 0)::int AS shown
FROM (
    SELECT told, shown FROM ledger_screens
    WHERE payment_id >= %(oldest)s ORDER BY payment_id DESC LIMIT 100000
) AS recent
