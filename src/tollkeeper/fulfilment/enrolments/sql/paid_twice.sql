-- Payments that opened a course which another payment had open already; of two between two looks, the later one.
-- What was free, or came from an earlier system, was not paid twice here.
-- Leans on: enrolments_grant_person_idx, the indexes on payment_id of enrolments_grant and ledger_intervention. Who was named once makes no other double.
SELECT later.payment_id
FROM enrolments_grant AS later
WHERE later.payment_id = ANY(%(ids)s::uuid[]) AND later.state = 'open'
  AND NOT EXISTS (SELECT FROM ledger_payment AS free WHERE free.id = later.payment_id AND free.gateway = ANY(%(free)s))
  AND EXISTS (
    SELECT FROM enrolments_grant AS earlier
    WHERE earlier.person_id = later.person_id AND earlier.course_id = later.course_id
      AND earlier.kind = 'purchase' AND earlier.state = 'open' AND earlier.payment_id <> later.payment_id
      AND NOT EXISTS (
          SELECT FROM ledger_payment AS free WHERE free.id = earlier.payment_id AND free.gateway = ANY(%(free)s)
      )
      AND NOT (earlier.payment_id = ANY(%(ids)s::uuid[])
               AND (earlier.changed_at, earlier.id) > (later.changed_at, later.id))
      AND NOT EXISTS (
          SELECT FROM ledger_intervention AS named
          WHERE named.payment_id = earlier.payment_id AND named.trouble = 'paid_twice'
      )
)
ORDER BY later.payment_id
