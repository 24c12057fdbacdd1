-- What the list of decisions shows besides the order: how the payment was made, since when it waits, and what it paid.
-- Leans on: ledger_payment_pkey, accounts_person_pkey.
SELECT payment.id, payment.gateway, payment.changed_at, payment.facts, person.email, person.name
FROM ledger_payment AS payment JOIN accounts_person AS person ON person.id = payment.person_id
WHERE payment.id = ANY(%(ids)s::uuid[])
