"""What waits for staff is found without looking through every payment, and nothing that waits is missing."""

from __future__ import annotations

from itertools import product

import psycopg
import pytest

from payments import make
from tollkeeper.payments.ledger.jobs import mend_queue
from tollkeeper.payments.ledger.models import Payment as Row
from tollkeeper.payments.ledger.queries import pending_payments
from tollkeeper.payments.ledger.reducer import waits
from tollkeeper.payments.ledger.services import approve
from tollkeeper.payments.ledger.state import Access, Kind, PaymentState, Trouble

pytestmark = pytest.mark.usefixtures("db")


def queue():
    return [view.payment_id for view in pending_payments()]


def in_table(owner):
    return [row[0] for row in owner.execute("SELECT payment_id FROM ledger_queue WHERE waits ORDER BY 1").fetchall()]


def test_what_waits_is_queued_until_it_is_decided(owner):
    payment = make.paid(gateway="eft")
    assert queue() == in_table(owner) == [payment.id]

    approve(payment.id, by="staff@example.com", reason="The bank shows it.")

    assert queue() == in_table(owner) == []


def test_card_payment_that_opens_at_once_is_never_queued(owner):
    make.paid()

    assert owner.execute("SELECT count(*) FROM ledger_queue").fetchone() == (0,)


def test_questioned_payment_waits_until_the_gateway_confirms(owner):
    payment = make.waiting()
    make.tell(payment, Kind.STATUS_PAID, amount_minor=1)
    assert queue() == in_table(owner) == [payment.id]

    make.tell(payment, Kind.STATUS_PAID)

    assert queue() == in_table(owner) == []


def test_payment_that_the_gateway_never_confirmed_waits_by_its_intervention(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS)
    assert queue() == []

    owner.execute(
        "INSERT INTO ledger_intervention (id, subject, payment_id, trouble, suggestion, deadline)"
        " VALUES (gen_random_uuid(), %(id)s::text, %(id)s, %(trouble)s, '', now())",
        {"id": payment.id, "trouble": Trouble.UNCONFIRMED},
    )

    assert queue() == [payment.id]


def test_what_is_missing_in_the_queue_is_put_back(owner):
    payment = make.paid(gateway="eft")
    owner.execute("DELETE FROM ledger_queue")
    assert queue() == []

    assert [mend_queue(), mend_queue()] == [1, 0]

    assert queue() == [payment.id]


def test_what_stays_in_the_queue_without_waiting_is_not_shown(owner):
    make.paid()
    owner.execute("INSERT INTO ledger_queue (payment_id, waits) SELECT id, true FROM ledger_payment")

    assert queue() == []


def test_reducer_list_and_mending_agree_on_what_waits(owner):
    payment = make.placed()
    seen = set()

    for state, access in product(PaymentState, Access):
        try:
            owner.execute("UPDATE ledger_payment SET state = %s, access = %s", (state, access))
        except psycopg.errors.CheckViolation:
            continue
        owner.execute("TRUNCATE ledger_queue")
        expected = waits(Row.objects.get(pk=payment.id).as_seen_by_reducer())
        assert (mend_queue() == 1, queue() == [payment.id]) == (expected, expected), (state, access)
        seen.add(expected)

    assert seen == {True, False}
