-- How many months after this one have their partition.
-- Leans on: names `<table>_<year>_<month>`.
SELECT count(*) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = to_regclass(%(table)s) AND relname > %(table)s || to_char(now(), '_YYYY_MM') AND relname NOT LIKE '%%default'
