-- What a person may open, and by what right.
-- Leans on: enrolments_grant_person_idx.
SELECT held.id, course.id AS course_id, course.title, held.kind, held.state, held.route, held.granted_at,
    held.payment_id
FROM enrolments_grant AS held JOIN catalog_course AS course ON course.id = held.course_id
WHERE held.person_id = %(person_id)s ORDER BY held.granted_at DESC LIMIT 200
