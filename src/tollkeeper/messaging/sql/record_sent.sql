-- Write down that an attempt was accepted, with the receiving side's words as proof; a secret text goes now.
-- Leans on: messaging_outbox_pkey; the attempt's number keeps out a process whose lease ran out.
UPDATE messaging_outbox
SET state = 'sent', sent_at = clock_timestamp(), lease_until = NULL, provider_answer = %(answer)s,
    text = CASE WHEN sensitive THEN '' ELSE text END,
    html = CASE WHEN sensitive THEN '' ELSE html END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempt)s
