-- The months from now on for which a table has no partition yet: its name, first and next month's first day.
-- Leans on: names `<table>_<year>_<month>`; the database's clock.
SELECT name, first::date::text, (first + interval '1 month')::date::text
FROM generate_series(
    date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => %(months)s), interval '1 month'
) AS first, LATERAL (SELECT %(table)s || to_char(first, '_YYYY_MM') AS name) AS named
WHERE to_regclass(name) IS NULL
ORDER BY first
