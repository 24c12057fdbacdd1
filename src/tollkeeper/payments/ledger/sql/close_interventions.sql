-- Close what was open about a payment, with the act that closes it; returns what it closed, as one JSON text.
-- Leans on: ledger_intervention_payment_id index.
WITH closed AS (
    UPDATE ledger_intervention
    SET closed_at = clock_timestamp(), closed_by = %(by)s, act = %(act)s
    WHERE payment_id = %(payment_id)s AND closed_at IS NULL AND trouble = ANY(%(troubles)s)
    RETURNING id, trouble
)
SELECT coalesce(json_agg(closed), '[]')::text FROM closed
