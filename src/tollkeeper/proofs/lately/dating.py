"""Dates back what the real services have just written: they write now, and the demo's past was earlier.

As the tables' owner and in the transaction that wrote it, whose `now()` stands still: whatever is not older than that
was written here.
"""

from __future__ import annotations

# Evidence of one beat came one after the other; the rest of what it moved, with the last of it.
BEAT = """
WITH heard AS (
    UPDATE ledger_evidence SET at = %(at)s, recorded_at = %(at)s + CASE kind
        WHEN 'status_paid' THEN interval '0.412 s' WHEN 'decided' THEN interval '0.415 s'
        WHEN 'received' THEN interval '0.002 s' WHEN 'approved' THEN interval '0.420 s' ELSE interval '0' END
    WHERE payment_id = %(payment)s AND recorded_at >= now()
), told AS (
    UPDATE core_journal SET at = %(at)s + interval '0.421 s'
    WHERE at >= now() AND payment_id = %(payment)s
), paid AS (
    UPDATE ledger_payment AS payment SET created_at = placed.created_at, changed_at = %(at)s + interval '0.421 s'
    FROM ledger_order AS placed WHERE placed.id = payment.order_id AND payment.id = %(payment)s
), granted AS (
    UPDATE enrolments_grant SET changed_at = %(at)s + interval '0.421 s',
        granted_at = CASE WHEN granted_at >= now() THEN %(at)s + interval '0.421 s' ELSE granted_at END
    WHERE payment_id = %(payment)s AND changed_at >= now()
), queued AS (
    UPDATE ledger_queue SET changed_at = %(at)s WHERE payment_id = %(payment)s AND changed_at >= now()
), asked AS (
    UPDATE ledger_intervention SET
        opened_at = CASE WHEN opened_at >= now() THEN %(at)s ELSE opened_at END,
        deadline = CASE WHEN opened_at >= now() THEN %(at)s + (deadline - opened_at) ELSE deadline END,
        closed_at = CASE WHEN closed_at >= now() THEN %(at)s ELSE closed_at END
    WHERE payment_id = %(payment)s AND (opened_at >= now() OR closed_at >= now())
)
UPDATE transfers_proof SET created_at = %(at)s WHERE payment_id = %(payment)s AND created_at >= now()
"""

# What a mail tells of, it tells a second later; one customer mistyped the address.
MAILS = """
UPDATE messaging_outbox AS message
SET state = 'sent', attempts = 1, created_at = line.at + interval '0.3 s', next_at = line.at + interval '0.3 s',
    sent_at = line.at + interval '1.7 s', provider_answer = '250 2.0.0 accepted (practice only)'
FROM core_journal AS line
WHERE message.created_at >= now() AND message.payment_id = line.payment_id AND (
    message.dedupe_key = line.kind || ':' || line.payment_id || ':' || line.xid || '-' || line.id
    OR line.kind = 'intervention.opened' AND starts_with(message.dedupe_key, 'intervention:' || (line.data->>'id')))
"""
GIVEN_UP = """
UPDATE messaging_outbox SET state = 'failed', sent_at = NULL, attempts = 1,
    provider_answer = '550 5.1.1 There is no such mailbox here (practice only).'
WHERE payment_id = %(payment)s AND state = 'sent'
"""

# Who paid, gave up or turned back is asked about no more; what still waits is asked about in a while.
LADDER = """
DELETE FROM ledger_poll USING ledger_payment AS payment
WHERE payment.id = ledger_poll.payment_id
  AND (payment.state NOT IN ('open', 'attempt_failed') OR payment.created_at < now() - interval '24 hours')
"""
LADDER_GOES_ON = """
UPDATE ledger_poll SET started_at = payment.created_at, next_at = now() + interval '10 minutes'
FROM ledger_payment AS payment WHERE payment.id = ledger_poll.payment_id
"""

AUDIT = "INSERT INTO core_audit (at, act, thing, by, data) VALUES (%s, %s, %s, %s, %s::jsonb)"
REJECTION = """
INSERT INTO ledger_rejection (id, hour, reason, network, at, path, headers, body)
VALUES (%(id)s, date_trunc('hour', %(at)s), %(reason)s, %(network)s, %(at)s, %(path)s, %(headers)s::jsonb, %(body)s)
"""
REJECTION_COUNT = """
INSERT INTO ledger_rejection_count (hour, reason, network, count)
SELECT hour, reason, network, count(*) FROM ledger_rejection GROUP BY hour, reason, network
"""
JOURNAL = """
SELECT xid::text, id, at, kind, payment_id, person_id, data FROM core_journal
WHERE xid = pg_current_xact_id() ORDER BY at, id
"""
