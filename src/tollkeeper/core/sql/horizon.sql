-- The oldest open write transaction of the whole cluster, which every consumer waits for.
-- Leans on: pg_stat_activity; other databases count too.
SELECT extract(epoch FROM clock_timestamp() - xact_start)::float8, pid, application_name, datname
FROM pg_stat_activity
WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY age(backend_xid) DESC
LIMIT 1
