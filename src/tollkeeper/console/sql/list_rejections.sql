-- A page of rejected webhooks that were kept, the newest first.
-- Leans on: ledger_rejection_pkey.
WITH looked AS MATERIALIZED (
    SELECT id, at, reason, network, path FROM ledger_rejection
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(reason)s::text IS NULL OR reason = %(reason)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
