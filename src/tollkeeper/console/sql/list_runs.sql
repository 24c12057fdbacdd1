-- A page of runs, the newest first.
-- Leans on: core_run_pkey.
WITH looked AS MATERIALIZED (
    SELECT id, name, by, state, asked_at, ended_at, arguments, outcome FROM core_run
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(state)s::text IS NULL OR state = %(state)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
