-- Lease the oldest message that is due. One found in `sending` outlived its lease: it may have been sent.
-- Leans on: messaging_outbox_due_idx; next_at of a leased message is the end of its lease.
WITH due AS MATERIALIZED (
    SELECT id, state
    FROM messaging_outbox
    WHERE state IN ('waiting', 'sending') AND next_at <= now()
    ORDER BY next_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE messaging_outbox AS message
SET state = 'sending',
    attempts = message.attempts + 1,
    possible_repeat = message.possible_repeat OR due.state = 'sending',
    lease_until = now() + make_interval(secs => %(seconds)s),
    next_at = now() + make_interval(secs => %(seconds)s)
FROM due
WHERE message.id = due.id
RETURNING message.id, message.recipient, message.subject, message.text, message.html, message.language,
          message.attempts, message.possible_repeat
