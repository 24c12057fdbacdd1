-- A page of the audit log, the newest first.
-- Leans on: core_audit_pkey.
WITH looked AS MATERIALIZED (
    SELECT id, at, act, thing, by, data FROM core_audit
    WHERE (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(act)s::text IS NULL OR act = %(act)s::text)
      AND (%(by)s::text IS NULL OR by = %(by)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
