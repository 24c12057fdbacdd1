-- A page of interventions that were closed, the newest first.
-- Leans on: ledger_intervention_pkey.
WITH looked AS MATERIALIZED (
    SELECT id, trouble, opened_at, closed_at, closed_by, act, payment_id FROM ledger_intervention
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE closed_at IS NOT NULL
      AND (%(trouble)s::text IS NULL OR trouble = %(trouble)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
