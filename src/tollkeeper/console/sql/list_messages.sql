-- A page of messages, the newest first. Their texts stay where they are: some hold a secret.
-- Leans on: messaging_outbox_pkey.
WITH looked AS MATERIALIZED (
    SELECT id, created_at, recipient, subject, state, attempts, sent_at FROM messaging_outbox
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
