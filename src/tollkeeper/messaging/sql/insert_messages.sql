-- Put a batch of messages into the outbox; one whose reason is known already changes nothing.
-- Leans on: the unique key of dedupe_key; sorted by it, so that two batches cannot wait for each other.
INSERT INTO messaging_outbox (id, dedupe_key, recipient, subject, text, html, language, payment_id, sensitive)
SELECT id, dedupe_key, recipient, subject, text, html, language, payment_id, sensitive
FROM json_to_recordset(%(messages)s::json) AS message (
    id uuid, dedupe_key text, recipient text, subject text, text text, html text, language text,
    payment_id uuid, sensitive boolean
)
ORDER BY dedupe_key
ON CONFLICT (dedupe_key) DO NOTHING
