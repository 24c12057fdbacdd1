-- The messages about a payment, without their texts.
-- Leans on: messaging_outbox_payment_idx.
SELECT id, created_at, recipient, subject, state, sent_at FROM messaging_outbox
WHERE payment_id = %(payment_id)s ORDER BY created_at LIMIT 50
