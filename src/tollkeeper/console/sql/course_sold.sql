-- Whether anybody has, or had, a right to a course.
-- Leans on: the index on enrolments_grant (course_id).
SELECT EXISTS (SELECT FROM enrolments_grant WHERE course_id = %(course_id)s)
