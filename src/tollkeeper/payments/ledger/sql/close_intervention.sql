-- Close one intervention with the act that closes it; nothing when it is closed already.
-- Leans on: ledger_intervention_pkey.
UPDATE ledger_intervention
SET closed_at = clock_timestamp(), closed_by = %(by)s, act = %(act)s
WHERE id = %(id)s AND closed_at IS NULL
RETURNING subject, payment_id, trouble
