-- A page of the journal, the newest first.
-- Leans on: the primary key (id, at) of each partition.
WITH looked AS MATERIALIZED (
    SELECT id, at, kind, payment_id, person_id, data FROM core_journal
    WHERE (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(kind)s::text IS NULL OR kind = %(kind)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
