-- A page of raw webhooks, the newest first.
-- Leans on: the primary key (id, received_at) of each partition.
WITH looked AS MATERIALIZED (
    SELECT id, gateway, received_at, verdict, payment_id, digest FROM ledger_delivery
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(verdict)s::text IS NULL OR verdict = %(verdict)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
