-- A payment's interventions, open and closed.
-- Leans on: the index on ledger_intervention (payment_id).
SELECT id, trouble, suggestion, owner, opened_at, deadline, deadline < now() AND closed_at IS NULL AS overdue,
    closed_at, closed_by, act
FROM ledger_intervention WHERE payment_id = %(payment_id)s ORDER BY opened_at LIMIT 50
