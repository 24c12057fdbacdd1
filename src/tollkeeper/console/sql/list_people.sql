-- A page of people, the newest first: by the beginning of an address anywhere, by a part of a name among the newest.
-- Leans on: accounts_person_pkey; accounts_person_one_per_email_key, which is on lower(email).
WITH looked AS MATERIALIZED (
    SELECT id, email, name, language, is_staff, is_active, claimed_at, created_at FROM accounts_person
    WHERE (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    ORDER BY id DESC LIMIT %(window)s
), found AS (
    SELECT * FROM looked
    WHERE (%(q)s::text IS NULL OR position(lower(%(q)s::text) IN lower(name)) > 0)
    UNION
    SELECT id, email, name, language, is_staff, is_active, claimed_at, created_at FROM accounts_person
    WHERE %(q)s::text IS NOT NULL AND lower(email) >= lower(%(q)s::text)
      AND lower(email) < lower(%(q)s::text) || chr(65533)
      AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
), page AS (
    SELECT * FROM found
    WHERE (%(standing)s::text IS NULL OR %(standing)s::text = CASE
        WHEN NOT is_active THEN 'off' WHEN is_staff THEN 'staff' WHEN claimed_at IS NULL THEN 'guest' ELSE 'customer' END)
    ORDER BY id DESC LIMIT %(limit)s
)
SELECT seen.looked, seen.last_looked::text, page.*, CASE
    WHEN NOT page.is_active THEN 'off' WHEN page.is_staff THEN 'staff'
    WHEN page.claimed_at IS NULL THEN 'guest' ELSE 'customer' END AS standing
FROM (SELECT count(*) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS last_looked FROM looked) AS seen
LEFT JOIN page ON true
ORDER BY page.id DESC
