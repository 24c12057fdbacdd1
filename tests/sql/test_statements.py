"""Every statement fits the schema; the hot ones are found by their index; what is done twice is done once."""

from __future__ import annotations

import json
import re
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments import make
from tollkeeper.core.database import statements
from tollkeeper.core.ids import new_id
from tollkeeper.payments.ledger import queries

ROOMS = (
    "tollkeeper.core",
    "tollkeeper.accounts",
    "tollkeeper.messaging",
    "tollkeeper.payments.ledger",
    "tollkeeper.payments.transfers",
    "tollkeeper.fulfilment.enrolments",
    "tollkeeper.console",
    "tollkeeper.operations.moving_in",
    "tollkeeper.server",
)
EVERY = [(room, name) for room in ROOMS for name in sorted(statements(room))]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
LEDGER, ENROLMENTS, CORE = "tollkeeper.payments.ledger", "tollkeeper.fulfilment.enrolments", "tollkeeper.core"


def numbered(text):
    """The statement as the server prepares it: each name a number, each double percent sign one."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    return PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")


@pytest.mark.parametrize(("room", "name"), EVERY, ids=lambda part: part)
def test_statement_fits_the_schema(connect, room, name):
    serving = connect()

    serving.execute(f"PREPARE tried AS {numbered(statements(room)[name])}")

    serving.rollback()


def plan(asking, room, name, values):
    """What the planner would do, as text."""
    text = statements(room)[name]
    (found,) = asking.execute("EXPLAIN (FORMAT JSON) " + text, values).fetchone()
    return json.dumps(found)


@pytest.mark.proof
def test_hot_statements_are_found_by_their_index(db, owner, past):
    past()
    payment, person, course = owner.execute(
        "SELECT payment_id, person_id, course_id FROM enrolments_grant LIMIT 1"
    ).fetchone()
    hot = {
        (LEDGER, "lock_payments"): ({"ids": json.dumps([str(payment)])}, "ledger_payment_pkey"),
        (LEDGER, "lock_free_payments"): ({"ids": json.dumps([str(payment)])}, "ledger_payment_pkey"),
        (LEDGER, "existing_payments"): ({"ids": json.dumps([str(payment)])}, "ledger_payment_pkey"),
        (LEDGER, "take_due_polls"): ({"limit": 16}, "ledger_poll_next_idx"),
        (LEDGER, "leave_ladder"): ({"ids": [str(payment)]}, "ledger_poll_pkey"),
        (LEDGER, "payable_payment"): (
            {
                "person_id": person,
                "gateway": "ikhokha",
                "item": f"course:{course}",
                "signed_in": True,
                "known": [],
                "attempt": new_id(),
            },
            "ledger_payment_person_id",
        ),
        (ENROLMENTS, "paid_without_access"): ({"ids": [str(payment)]}, "ledger_payment_pkey"),
        (ENROLMENTS, "access_without_payment"): ({"ids": [str(payment)]}, "enrolments_grant_payment_id"),
        (ENROLMENTS, "paid_twice"): ({"ids": [str(payment)], "free": []}, "enrolments_grant_person_idx"),
        (LEDGER, "read_addressees"): ({"ids": [str(payment)]}, "ledger_order_pkey"),
        (CORE, "read_journal"): ({"xid": "3", "id": 0, "limit": 500}, "xid_id_idx"),
    }
    plans = {name: plan(owner, room, name, values) for (room, name), (values, _) in hot.items()}

    missing = {name: index for (_, name), (_, index) in hot.items() if index not in plans[name]}
    assert missing == {}


@pytest.mark.proof
def test_pages_find_payments_without_looking_at_all_of_them(db, owner, past):
    past()
    reference, person_id = owner.execute(
        "SELECT reference, person_id FROM ledger_payment WHERE state = 'paid' LIMIT 1"
    ).fetchone()
    asked = {
        "a guest's order": lambda: queries.order_for(reference, person_id=None, session_orders=[reference]),
        "orders of a person": lambda: queries.orders_of(person_id, [reference]),
        "by reference": lambda: queries.find_payment(reference),
        "what waits for staff": lambda: queries.pending_payments(limit=101),
    }
    slow = []

    for name, ask in asked.items():
        with CaptureQueriesContext(connection) as heard:
            assert ask()
        for query in heard.captured_queries:
            (found,) = owner.execute(f"EXPLAIN (FORMAT JSON) {query['sql'].replace('%', '%%')}").fetchone()
            if re.search(r'"Seq Scan".{0,200}"ledger_(payment|order|order_line)"', json.dumps(found)):
                slow.append((name, query["sql"]))

    assert slow == []


TWICE = {
    "record": (LEDGER, {"evidence": [{"payment_id": str(UUID(int=1)), "key": "k", "kind": "opened",
                                      "source": "test", "at": "2026-11-21T12:00:00Z"}], "payments": [], "ask": []}),
    "insert_stages": (LEDGER, {"stages": [{"payment_id": str(UUID(int=1)), "stage": "paid",
                                           "at": "2026-11-21T12:00:00Z"}]}),
    "insert_interventions": (LEDGER, {"interventions": [{"id": str(UUID(int=2)), "subject": "s", "payment_id": None,
                                                         "trouble": "unsettled", "suggestion": "", "hours": 1}]}),
    "insert_fast_tracks": (ENROLMENTS, {"approvals": [{"timestamp": "2026-11-21T12:00:00Z",
                                                       "payment_id": str(UUID(int=1)), "person_id": str(UUID(int=1)),
                                                       "reference": "R", "gateway": "ikhokha", "amount_minor": 1,
                                                       "currency": "ZAR", "checks": {}}]}),
}  # fmt: skip
TABLE = {
    "record": "ledger_evidence",
    "insert_stages": "ledger_stage",
    "insert_interventions": "ledger_intervention",
    "insert_fast_tracks": "fast_track_approvals",
}


@pytest.mark.parametrize("name", TWICE)
def test_twice_is_once(db, owner, name):
    room, values = TWICE[name]
    values = {key: json.dumps(rows) for key, rows in values.items()}

    for _ in range(2):
        owner.execute(statements(room)[name], values)

    assert owner.execute(f"SELECT count(*) FROM {TABLE[name]}").fetchone() == (1,)


def test_a_second_grant_for_a_line_cannot_be_stored(db, owner):
    make.paid()

    with pytest.raises(psycopg.errors.UniqueViolation):
        owner.execute(
            "INSERT INTO enrolments_grant (id, person_id, course_id, payment_id, state)"
            " SELECT id, person_id, course_id, payment_id, state FROM enrolments_grant"
        )
