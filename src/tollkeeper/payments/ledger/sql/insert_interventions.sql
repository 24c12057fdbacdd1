-- Ask for a person, once per subject and reason while it is open.
-- Leans on: ledger_intervention_one_open_key.
INSERT INTO ledger_intervention (id, subject, payment_id, trouble, suggestion, owner, deadline, closed_by, act)
SELECT id, subject, payment_id, trouble, suggestion, 'staff', clock_timestamp() + make_interval(hours => hours), '', ''
FROM json_to_recordset(%(interventions)s::json) AS item (
    id uuid, subject text, payment_id uuid, trouble text, suggestion text, hours int
)
ON CONFLICT (subject, trouble) WHERE closed_at IS NULL DO NOTHING
