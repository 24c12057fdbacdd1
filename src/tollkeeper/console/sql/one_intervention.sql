-- One intervention, open or closed, with the payment that it is about.
-- Leans on: ledger_intervention_pkey.
SELECT intervention.id, intervention.subject, intervention.payment_id, intervention.trouble, intervention.suggestion,
    intervention.owner, intervention.opened_at, intervention.deadline, intervention.deadline < now() AS overdue,
    intervention.closed_at, intervention.closed_by, intervention.act,
    payment.reference, payment.amount_minor, payment.currency, payment.gateway, payment.state, payment.access,
    person.email
FROM ledger_intervention AS intervention
LEFT JOIN ledger_payment AS payment ON payment.id = intervention.payment_id
LEFT JOIN accounts_person AS person ON person.id = payment.person_id
WHERE intervention.id = %(id)s
