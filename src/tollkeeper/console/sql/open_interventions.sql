-- What waits for a person, the nearest deadline first, with the money that is at risk.
-- Leans on: ledger_intervention_one_open_key, which holds the open ones alone.
SELECT intervention.id, intervention.subject, intervention.payment_id, intervention.trouble, intervention.suggestion,
    intervention.owner, intervention.opened_at, intervention.deadline, intervention.deadline < now() AS overdue,
    payment.reference, payment.amount_minor, payment.currency, person.email
FROM ledger_intervention AS intervention
LEFT JOIN ledger_payment AS payment ON payment.id = intervention.payment_id
LEFT JOIN accounts_person AS person ON person.id = payment.person_id
WHERE intervention.closed_at IS NULL
ORDER BY intervention.deadline, intervention.id LIMIT %(limit)s
