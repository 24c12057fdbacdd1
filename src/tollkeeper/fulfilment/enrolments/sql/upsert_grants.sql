-- Bring grants to their wanted state; returns the lines that another payment holds, as one JSON text.
-- What another payment of the order only waits for, one that opens it takes over: whoever pays first has it. What another
-- one lost, or was refused, is free for any that comes.
-- Leans on: enrolments_grant_pkey, which is the order line, so a second grant for a line cannot be stored.
WITH wanted AS (
    SELECT line_id, payment_id, person_id, split_part(item, ':', 2)::uuid AS course_id, access, route
    FROM json_to_recordset(%(claims)s::json) AS claim (
        line_id uuid, payment_id uuid, person_id uuid, item text, access text, route text
    )
), written AS (
    INSERT INTO enrolments_grant AS held (id, person_id, course_id, payment_id, state, route)
    SELECT line_id, person_id, course_id, payment_id, access, route FROM wanted ORDER BY line_id
    ON CONFLICT (id) DO UPDATE
    SET payment_id = excluded.payment_id, state = excluded.state, route = excluded.route, changed_at = clock_timestamp()
    WHERE held.payment_id = excluded.payment_id
        OR (held.state <> 'open' AND excluded.state = 'open')
        OR (held.state IN ('revoked', 'rejected') AND excluded.state IN ('pending', 'suspended'))
    RETURNING id
)
SELECT coalesce(json_agg(line_id), '[]')::text FROM wanted WHERE line_id NOT IN (SELECT id FROM written)
