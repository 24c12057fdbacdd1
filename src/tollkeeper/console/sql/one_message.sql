-- One message; the text of one that holds a secret is never read.
-- Leans on: messaging_outbox_pkey.
SELECT id, dedupe_key, channel, recipient, subject, CASE WHEN sensitive THEN '' ELSE text END AS text, language,
    payment_id, sensitive, created_at, state, attempts, next_at, possible_repeat, provider_answer, sent_at
FROM messaging_outbox WHERE id = %(id)s
