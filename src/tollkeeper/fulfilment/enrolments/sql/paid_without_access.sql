-- Payments whose money is proven and whose lines have less than the payment promises. Must return nothing.
-- Leans on: ledger_payment_pkey for some payments (ids given), one pass over the table for all (ids null).
-- What is open although the payment promises less is not taken: access_without_payment tells a person.
SELECT DISTINCT payment.id
FROM ledger_payment AS payment
CROSS JOIN LATERAL jsonb_to_recordset(payment.lines) AS line (id uuid, item text)
LEFT JOIN enrolments_grant AS held ON held.id = line.id
WHERE payment.state IN ('paid', 'questioned', 'confirming', 'disputed', 'refunded')
  AND (%(ids)s::uuid[] IS NULL OR payment.id = ANY(%(ids)s::uuid[]))
  AND line.item LIKE 'course:%%'
  AND CASE payment.access
      WHEN 'elsewhere' THEN false
      WHEN 'none' THEN payment.state = 'paid'
      ELSE held.id IS NULL
          OR held.payment_id = payment.id AND held.state <> payment.access AND held.state <> 'open'
  END
ORDER BY payment.id
LIMIT 1000
