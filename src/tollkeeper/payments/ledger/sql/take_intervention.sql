-- Give an open intervention an owner; a second one takes it over.
-- Leans on: ledger_intervention_pkey.
UPDATE ledger_intervention SET owner = %(by)s WHERE id = %(id)s AND closed_at IS NULL
RETURNING subject, payment_id, trouble
