-- Ask for a person, once per payment and reason while it is open.
-- Leans on: ledger_intervention_one_open_key.
INSERT INTO ledger_intervention (id, payment_id, trouble, suggestion, deadline)
SELECT id, payment_id, trouble, suggestion, clock_timestamp() + make_interval(hours => hours)
FROM json_to_recordset(%(interventions)s::json) AS item (
    id uuid, payment_id uuid, trouble text, suggestion text, hours int
)
ON CONFLICT (payment_id, trouble) WHERE closed_at IS NULL DO NOTHING
