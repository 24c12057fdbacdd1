-- The newest payment for an item that may still be paid, by one method or by any: the signed-in person's own, or one made in this browser.
-- Leans on: ledger_payment_person_id index; ledger_order_pkey.
SELECT payment.id, ledger_order.reference
FROM ledger_payment AS payment JOIN ledger_order ON ledger_order.id = payment.order_id
WHERE payment.person_id = %(person_id)s
  AND (payment.gateway = %(gateway)s OR %(gateway)s::text IS NULL)
  AND payment.lines @> jsonb_build_array(jsonb_build_object('item', %(item)s::text))
  AND payment.state IN ('created', 'open', 'attempt_failed', 'confirming', 'questioned', 'paid')
  AND (payment.access IN ('none', 'pending', 'suspended')
       OR payment.access = 'rejected' AND payment.state = 'confirming' AND payment.gateway = 'transfer')
  AND (ledger_order.signed_in AND %(signed_in)s
       OR ledger_order.reference = ANY(%(known)s) OR ledger_order.id = %(attempt)s)
ORDER BY payment.id DESC
LIMIT 1
