-- Write down that a message was given up, with the last answer; a secret text goes now.
-- Leans on: messaging_outbox_pkey; the attempt's number keeps out a process whose lease ran out.
UPDATE messaging_outbox
SET state = 'failed', lease_until = NULL, provider_answer = %(answer)s,
    text = CASE WHEN sensitive THEN '' ELSE text END,
    html = CASE WHEN sensitive THEN '' ELSE html END
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempt)s
