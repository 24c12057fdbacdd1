-- Every row that a settled webhook leaves behind, for a batch given as one JSON parameter, in one statement.
-- The least that a client can ask of PostgreSQL for this effect: no read before, no decision between.
WITH given AS (
    SELECT * FROM json_to_recordset(%s::json) AS item (
        payment_id uuid, person_id uuid, course_id uuid, line_id uuid, delivery_id uuid, link_id text, reference text,
        facts jsonb, told jsonb, headers jsonb, body text, digest text, at timestamptz
    )
), moved AS (
    UPDATE ledger_payment AS payment
    SET facts = given.facts, state = 'paid', access = 'open', changed_at = clock_timestamp()
    FROM given WHERE payment.id = given.payment_id AND payment.state = 'open'
    RETURNING given.*
), evidence AS (
    INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data, digest)
    SELECT payment_id, 'callback_success:' || link_id || ':500000', 'callback_success', 'webhook', at,
        jsonb_build_object('link', jsonb_build_object('id', link_id, 'url', ''), 'accepted_up_to', 500000), digest
    FROM moved
    UNION ALL
    SELECT payment_id, 'decided:route', 'decided', 'settle', at, '{"number":1,"route":"fast_track"}', NULL FROM moved
    ON CONFLICT (payment_id, key) DO NOTHING
), granted AS (
    INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state, route)
    SELECT line_id, person_id, course_id, payment_id, 'open', 'fast_track' FROM moved ON CONFLICT (id) DO NOTHING
), asked AS (
    UPDATE ledger_poll AS poll SET next_at = least(next_at, clock_timestamp()), started_at = clock_timestamp()
    FROM moved WHERE poll.payment_id = moved.payment_id
), journal AS (
    INSERT INTO core_journal (kind, payment_id, person_id, data)
    SELECT kind, payment_id, person_id, told FROM moved, unnest(ARRAY['payment.paid', 'access.open']) AS kind
)
INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)
SELECT delivery_id, 'ikhokha', at, decode(body, 'base64'), headers, digest, 'settled', payment_id FROM moved
