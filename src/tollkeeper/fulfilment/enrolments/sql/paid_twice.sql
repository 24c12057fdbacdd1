-- Payments that opened a course which another payment of the same person has open already.
-- Leans on: enrolments_grant_person_idx, enrolments_grant_payment_id index.
SELECT later.payment_id
FROM enrolments_grant AS later
JOIN enrolments_grant AS earlier ON earlier.person_id = later.person_id AND earlier.course_id = later.course_id
WHERE later.payment_id = ANY(%(ids)s::uuid[])
  AND earlier.kind = 'purchase' AND earlier.state = 'open' AND later.state = 'open' AND earlier.id < later.id
