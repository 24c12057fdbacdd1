-- Open purchases with no payment that says so. Must return nothing; gifts and imports are lawful without one.
-- Leans on: enrolments_grant_payment_id index for some payments (ids given), one pass for all (ids null).
SELECT held.id, held.payment_id
FROM enrolments_grant AS held LEFT JOIN ledger_payment AS payment ON payment.id = held.payment_id
WHERE held.kind = 'purchase' AND held.state = 'open'
  AND (%(ids)s::uuid[] IS NULL OR held.payment_id = ANY(%(ids)s::uuid[]))
  AND (payment.access IS DISTINCT FROM 'open' OR payment.state NOT IN ('paid', 'questioned', 'confirming', 'refunded'))
ORDER BY held.id
LIMIT 1000
