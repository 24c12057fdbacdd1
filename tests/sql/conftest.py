"""A shop with a past, for looking at plans: 100,000 orders, and statistics about them."""

from __future__ import annotations

import pytest

FILL = """
INSERT INTO accounts_person (id, email, name, language, is_staff, is_active, password, created_at)
SELECT gen_random_uuid(), 'p' || n || '@example.com', '', 'en', false, true, '', now() FROM generate_series(1, 20000) n;
INSERT INTO catalog_course
    (id, slug, title, summary, description, price_minor, currency, cover, active, position, created_at)
SELECT gen_random_uuid(), 'c' || n, 'C', '', '', 100, 'ZAR', '', true, n, now() FROM generate_series(1, 50) n;
CREATE TEMPORARY TABLE past AS
SELECT gen_random_uuid() AS order_id, gen_random_uuid() AS payment_id, gen_random_uuid() AS line_id, n,
    person.id AS person_id, course.id AS course_id
FROM generate_series(1, 100000) n
JOIN (SELECT id, row_number() OVER () AS r FROM accounts_person) person ON person.r = n % 20000 + 1
JOIN (SELECT id, row_number() OVER () AS r FROM catalog_course) course ON course.r = n % 50 + 1;
INSERT INTO ledger_order (id, reference, person_id, currency, total_minor, language, signed_in)
SELECT order_id, 'R' || n, person_id, 'ZAR', 100, 'en', true FROM past;
INSERT INTO ledger_order_line (id, order_id, item, title, amount_minor)
SELECT line_id, order_id, 'course:' || course_id, 'C', 100 FROM past;
INSERT INTO ledger_payment (id, order_id, person_id, reference, gateway, amount_minor, currency, lines, state, access)
SELECT payment_id, order_id, person_id, 'R' || n, 'ikhokha', 100, 'ZAR',
    jsonb_build_array(jsonb_build_object('id', line_id, 'item', 'course:' || course_id)),
    CASE WHEN n % 10 = 0 THEN 'expired' ELSE 'paid' END, CASE WHEN n % 10 = 0 THEN 'none' ELSE 'open' END FROM past;
INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state, route)
SELECT line_id, person_id, course_id, payment_id, 'open', 'fast_track' FROM past WHERE n % 10 <> 0;
INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data)
SELECT payment_id, 'k', 'status_paid', 'test', now(), '{}' FROM past;
INSERT INTO ledger_poll (payment_id, next_at) SELECT payment_id, now() + n * interval '1 s' FROM past WHERE n % 5 = 0;
INSERT INTO core_journal (kind, payment_id, data) SELECT 'payment.paid', payment_id, '{}' FROM past;
INSERT INTO ledger_intervention (id, subject, payment_id, trouble, suggestion, deadline)
SELECT gen_random_uuid(), payment_id::text, payment_id, 'unconfirmed', '', now() FROM past WHERE n % 5 = 0;
DROP TABLE past;
"""


@pytest.fixture(scope="session")
def past(owner):
    """Loads it where a test asks; the `db` fixture takes it away again."""

    def _past():
        for statement in filter(str.strip, FILL.split(";")):
            owner.execute(statement)
        for table in (
            "accounts_person",
            "ledger_order",
            "ledger_order_line",
            "ledger_payment",
            "ledger_evidence",
            "ledger_poll",
            "ledger_intervention",
            "enrolments_grant",
            "core_journal",
        ):
            owner.execute(f"ANALYZE {table}")

    return _past
