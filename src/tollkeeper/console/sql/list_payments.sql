-- A page of payments, the newest first; filters without an index of their own look through a window of the newest.
-- Leans on: ledger_payment_pkey, and the indexes on ledger_payment (person_id) and (order_id) when one is asked for. No
-- index holds what settle changes (its rows stay on their page), so that state and access are looked for in the window.
WITH looked AS MATERIALIZED (
    SELECT id, order_id, person_id, reference, gateway, amount_minor, currency, state, access, created_at
    FROM ledger_payment
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
      AND (%(oldest)s::uuid IS NULL OR id >= %(oldest)s::uuid)
      AND (%(newest)s::uuid IS NULL OR id <= %(newest)s::uuid)
      AND (%(person_id)s::uuid IS NULL OR person_id = %(person_id)s::uuid)
      AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s::uuid)
      AND (%(payment_id)s::uuid IS NULL OR id = %(payment_id)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), page AS (
    SELECT * FROM looked
    WHERE (%(state)s::text IS NULL OR state = %(state)s::text)
      AND (%(access)s::text IS NULL OR access = %(access)s::text)
      AND (%(method)s::text IS NULL OR gateway = %(method)s::text)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.id, page.reference, page.gateway, page.amount_minor, page.currency,
    page.state, page.access, page.created_at, person.email,
    (SELECT title FROM ledger_order_line WHERE order_id = page.order_id ORDER BY id LIMIT 1) AS title
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true LEFT JOIN accounts_person AS person ON person.id = page.person_id
ORDER BY page.id DESC
