-- Write down that an attempt failed, and when to try again.
-- Leans on: messaging_outbox_pkey; the attempt's number keeps out a process whose lease ran out.
UPDATE messaging_outbox
SET state = 'waiting', lease_until = NULL, provider_answer = %(answer)s,
    next_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    possible_repeat = possible_repeat OR %(ambiguous)s
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempt)s
