"""The made past keeps the promises that a lived one keeps."""

from __future__ import annotations

import pytest

from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.services import prove
from tollkeeper.payments.ledger.models import Payment
from tollkeeper.payments.ledger.reducer import came_of, earned_of
from tollkeeper.proofs.past import Past, make

pytestmark = pytest.mark.usefixtures("db")


def test_who_paid_has_access_and_nobody_else(owner):
    make(owner, Past(2_000))

    with raw_cursor() as cursor:
        assert prove(cursor).holds


def test_each_payment_stands_where_its_facts_put_it(owner):
    make(owner, Past(2_000))

    payments = [row.as_seen_by_reducer() for row in Payment.objects.all()]
    wrong = [p for p in payments if (came_of(p.facts), earned_of(p.facts, p.state)) != (p.state, p.access)]

    assert len(payments) == 2_000
    assert wrong == []
    assert {p.state for p in payments} >= {"paid", "open", "expired", "cancelled", "confirming", "questioned"}


def test_more_of_it_is_added_beside_the_first(owner):
    make(owner, Past(50))
    make(owner, Past(50, first=50, open_only=True))

    counts = owner.execute("SELECT count(*), count(*) FILTER (WHERE state = 'open') FROM ledger_payment").fetchone()
    assert counts[0] == 100
    assert counts[1] >= 50
