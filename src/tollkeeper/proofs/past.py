"""A shop with a past: as many orders and payments as wanted, for tests, benches and trials. Never for real books.

Written straight into the tables, as settle would have left them: making a million payments through settle takes minutes
where this takes one. The promises hold afterwards (paid ⇔ access), and a test proves it. The same numbers make the
same past. Journal lines name the source `import`, so that no consumer writes to anybody.
"""

# ruff: noqa: S608  every value put into these statements is a constant of this file
from __future__ import annotations

from dataclasses import dataclass

import psycopg

PAYMENTS_PER_PERSON = 4
COURSES = 6
PRICE_MINOR = 89_900
AT_ONCE = 5_000
"""Payments in one transaction: a long one holds every reader of a journal in the cluster, and tests share theirs."""


@dataclass(frozen=True, slots=True)
class Past:
    """What to make.

    Args:
        payments: how many, numbered from `first`.
        first: the first number; a later one adds to an earlier past.
        open_only: every payment waits at the gateway, as webhooks want it; otherwise four of five are paid, and the
            rest is declined, expired, cancelled, waiting, asked about or queued.
        days: how far back they go.
    """

    payments: int
    first: int = 0
    open_only: bool = False
    days: int = 700


def make(connection: psycopg.Connection[object], past: Past) -> None:
    """Write it, some thousands at a time.

    Args:
        connection: the owner's, autocommit, on a migrated database.
        past: what to write.
    """
    connection.execute(_FUNCTIONS)
    connection.execute(_FIRM, {"people": (past.first + past.payments) // PAYMENTS_PER_PERSON + 1})
    for start in range(past.first, past.first + past.payments, AT_ONCE):
        end = min(start + AT_ONCE, past.first + past.payments) - 1
        numbers = {"start": start, "end": end, "days": past.days, "open_only": past.open_only, "price": PRICE_MINOR}
        with connection.transaction():
            connection.execute("CREATE TEMPORARY TABLE past ON COMMIT DROP AS " + _PAST, numbers)
            for statement in _ROWS:
                connection.execute(statement)


def analyse(connection: psycopg.Connection[object]) -> None:
    """Let the planner know what was written."""
    connection.execute("VACUUM ANALYZE")


# Ids grow with their number, as UUIDv7 do: fifty payments in each millisecond.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION past_id(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(1760000000000 + n / 50), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
    FROM md5(what || n) AS h
$$;
"""

_FIRM = f"""
WITH courses AS (
    INSERT INTO catalog_course (id, slug, title, summary, description, price_minor, currency, cover, active, position)
    SELECT past_id('course', n), 'past-course-' || n, 'Course ' || n, 'A course.', 'Text.', {PRICE_MINOR}, 'ZAR', '',
        true, 100 + n
    FROM generate_series(0, {COURSES - 1}) AS n ON CONFLICT DO NOTHING
)
INSERT INTO accounts_person (id, password, email, name, language, is_staff, is_active)
SELECT past_id('person', n), '!', 'customer' || n || '@example.com', '', (ARRAY['en', 'pl', 'uk'])[n %% 3 + 1],
    false, true
FROM generate_series(0, %(people)s) AS n ON CONFLICT DO NOTHING
"""

# One row for each payment with all that its other rows repeat. Of a hundred: 80 paid by card, 2 by transfer, 1 free,
# 6 expired, 4 cancelled, 3 declined, 2 waiting, 1 queued transfer, 1 in question.
_PAST = f"""
SELECT n, past_id('payment', n) AS payment_id, past_id('order', n) AS order_id, past_id('line', n) AS line_id,
    past_id('person', n / {PAYMENTS_PER_PERSON}) AS person_id, past_id('course', n %% {COURSES}) AS course_id,
    'PAST-' || upper(lpad(to_hex(n), 9, '0')) AS reference, substr(md5('link' || n), 1, 15) AS link_id,
    moment.at, kind.*,
    CASE WHEN kind.gateway = 'complimentary' THEN 0 ELSE %(price)s END AS amount_minor
FROM generate_series(%(start)s::bigint, %(end)s::bigint) AS n
CROSS JOIN LATERAL (SELECT abs(hashint8(n)) %% 100 AS d, abs(hashint8extended(n, 7)) %% 1000000 AS r) AS dice
CROSS JOIN LATERAL (SELECT now() - make_interval(secs => %(days)s * 86400.0 * r / 1000000) AS at) AS moment
CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
        (0, 80, 'ikhokha', 'paid', 'open', 'fast_track'), (80, 82, 'transfer', 'paid', 'open', 'queue'),
        (82, 83, 'complimentary', 'paid', 'open', 'queue'), (83, 89, 'ikhokha', 'expired', 'none', NULL),
        (89, 93, 'ikhokha', 'cancelled', 'none', NULL), (93, 96, 'ikhokha', 'attempt_failed', 'none', NULL),
        (96, 98, 'ikhokha', 'open', 'none', NULL), (98, 99, 'transfer', 'confirming', 'pending', NULL),
        (99, 100, 'ikhokha', 'questioned', 'none', NULL)
    ) AS given (low, high, gateway, state, access, route)
    WHERE CASE WHEN %(open_only)s THEN low = 96 ELSE d >= low AND d < high END
) AS kind
"""

_LINK = """jsonb_build_object('id', link_id, 'url', CASE gateway
    WHEN 'ikhokha' THEN 'https://securepay.ikhokha.red/' || link_id ELSE '' END)"""

_ROWS = (
    """
    INSERT INTO ledger_order (id, reference, person_id, currency, total_minor, language, signed_in, created_at)
    SELECT order_id, reference, person_id, 'ZAR', amount_minor, 'en', true, at FROM past ORDER BY n
    """,
    """
    INSERT INTO ledger_order_line (id, order_id, item, title, amount_minor)
    SELECT line_id, order_id, 'course:' || course_id, 'A course', amount_minor FROM past ORDER BY n
    """,
    f"""
    INSERT INTO ledger_payment (id, order_id, person_id, reference, gateway, amount_minor, currency, lines, facts,
        state, access, created_at, changed_at)
    SELECT payment_id, order_id, person_id, reference, gateway, amount_minor, 'ZAR',
        jsonb_build_array(jsonb_build_object('id', line_id, 'item', 'course:' || course_id)),
        jsonb_strip_nulls(jsonb_build_object(
            'links', jsonb_build_array({_LINK}),
            'confirmed', CASE WHEN state = 'paid' THEN jsonb_build_array(link_id) END,
            'claimed_at', CASE WHEN state = 'paid' AND gateway = 'ikhokha' THEN at + interval '60 s' END,
            'decision', CASE WHEN route IS NOT NULL THEN jsonb_build_object('number', 1, 'route', route) END,
            'act', CASE WHEN route = 'queue' THEN jsonb_build_object('number', 2, 'opens', true) END,
            'submitted', CASE WHEN gateway = 'transfer' AND state <> 'open' THEN 1 END,
            'declined', CASE WHEN state = 'attempt_failed' THEN true END,
            'expired', CASE WHEN state = 'expired' THEN true END,
            'cancelled', CASE WHEN state = 'cancelled' THEN true END,
            'wrong_minor', CASE WHEN state = 'questioned' THEN 100 END)),
        state, access, at, at + interval '61 s'
    FROM past ORDER BY n
    """,
    f"""
    INSERT INTO ledger_evidence (payment_id, key, kind, source, at, recorded_at, data)
    SELECT payment_id, 'opened:' || link_id, 'opened', 'checkout', at, at, jsonb_build_object('link', {_LINK})
    FROM past
    UNION ALL
    SELECT payment_id, 'status_paid:' || link_id, 'status_paid', 'status', at + interval '61 s', at + interval '61 s',
        jsonb_build_object('link', {_LINK}, 'amount_minor', amount_minor)
    FROM past WHERE state = 'paid'
    UNION ALL
    SELECT payment_id, 'decided:' || route, 'decided', 'settle', at + interval '61 s', at + interval '61 s',
        jsonb_build_object('number', 1, 'route', route)
    FROM past WHERE route IS NOT NULL
    """,
    """
    INSERT INTO ledger_queue (payment_id, waits)
    SELECT payment_id, true FROM past WHERE access = 'pending' OR state = 'questioned'
    """,
    """
    INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state, route)
    SELECT line_id, person_id, course_id, payment_id, access, route FROM past WHERE access IN ('open', 'pending')
    """,
    """
    INSERT INTO ledger_poll (payment_id, started_at, next_at)
    SELECT payment_id, now(), now() + interval '1 day' FROM past WHERE state = 'open' AND gateway = 'ikhokha'
    """,
    """
    INSERT INTO ledger_intervention (id, subject, payment_id, trouble, suggestion, opened_at, deadline, closed_at,
        closed_by, act)
    SELECT past_id('intervention', n), payment_id::text, payment_id, 'wrong_amount', 'Compare the amount.', at,
        at + interval '4 h', CASE WHEN n % 10 > 0 THEN at + interval '1 h' END, '', ''
    FROM past WHERE state = 'questioned'
    """,
    """
    INSERT INTO core_journal (kind, payment_id, person_id, data)
    SELECT line.kind, payment_id, person_id, jsonb_build_object('reference', reference, 'items',
        jsonb_build_array('course:' || course_id), 'gateway', gateway, 'amount_minor', amount_minor, 'currency', 'ZAR',
        'state', state, 'access', access, 'route', route, 'proof', 'confirmed', 'sources', jsonb_build_array('import'))
    FROM past CROSS JOIN LATERAL (
        VALUES ('payment.' || state), (CASE WHEN access = 'open' THEN 'access.open' END)
    ) AS line (kind)
    WHERE state <> 'open' AND line.kind IS NOT NULL
    """,
    """
    INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)
    SELECT past_id('delivery', n), gateway, now(), convert_to('{"text":"made"}', 'UTF8'), '{}', md5(n::text), 'settled',
        payment_id
    FROM past WHERE state = 'paid' AND gateway = 'ikhokha'
    """,
)
