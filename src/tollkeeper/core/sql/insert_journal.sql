-- Publish a batch of events; the database stamps each with its transaction and its time.
-- Leans on: the partition of the month, else core_journal_default.
INSERT INTO core_journal (kind, payment_id, person_id, data)
SELECT kind, payment_id, person_id, data
FROM json_to_recordset(%(events)s::json) AS event (kind text, payment_id uuid, person_id uuid, data jsonb)
