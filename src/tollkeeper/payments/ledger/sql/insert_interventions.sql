-- Ask for a person, once per subject and reason while it is open; returns those that are new, as one JSON text.
-- Leans on: ledger_intervention_one_open_key; in its order, so that two writers cannot stop each other.
WITH opened AS (
    INSERT INTO ledger_intervention (id, subject, payment_id, trouble, suggestion, deadline)
    SELECT id, subject, payment_id, trouble, suggestion, clock_timestamp() + make_interval(hours => hours)
    FROM json_to_recordset(%(interventions)s::json) AS item (
        id uuid, subject text, payment_id uuid, trouble text, suggestion text, hours int
    )
    ORDER BY subject, trouble
    ON CONFLICT (subject, trouble) WHERE closed_at IS NULL DO NOTHING
    RETURNING id, subject, payment_id, trouble, suggestion, deadline
)
SELECT coalesce(json_agg(opened), '[]')::text FROM opened
