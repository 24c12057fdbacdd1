"""Staff decide about a payment: once, with a reason, and the next one is told."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connections

from payments import make
from tollkeeper.core.ids import new_id
from tollkeeper.payments.ledger.errors import AlreadyDecided, InUse, NoSuchOrder, NothingToDecide, ReasonNeeded
from tollkeeper.payments.ledger.services import approve, cancel_by_customer, reject
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")
STAFF = {"by": "staff@example.com", "reason": "The bank shows it."}


def pending():
    return make.paid(gateway="eft")


def test_approval_opens_and_says_who(owner):
    payment = pending()

    approve(payment.id, **STAFF)

    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"
    audit = owner.execute("SELECT act, thing, by, data ->> 'reason' FROM core_audit").fetchall()
    assert audit == [("enrolment.approved", str(payment.id), "staff@example.com", "The bank shows it.")]


def test_rejection_owes_the_money_back(owner):
    payment = pending()

    reject(payment.id, **STAFF)

    assert make.standing(payment) == ("paid", "rejected")
    assert make.grant(owner, payment) == "rejected"
    assert make.troubles(owner, payment.id) == ["refund_owed"]


@pytest.mark.parametrize("act", [approve, reject])
@pytest.mark.parametrize("reason", ["", "  "])
def test_decision_needs_a_reason(act, reason):
    payment = pending()

    with pytest.raises(ReasonNeeded):
        act(payment.id, by="staff@example.com", reason=reason)

    assert make.standing(payment) == ("paid", "pending")


def test_second_decision_is_told_of_the_first():
    payment = pending()
    approve(payment.id, **STAFF)

    with pytest.raises(AlreadyDecided):
        reject(payment.id, **STAFF)

    assert make.standing(payment) == ("paid", "open")


def test_two_decide_at_once_and_one_holds(owner):
    payment = pending()
    told, start = [], threading.Barrier(2)

    def decide(act):
        start.wait()
        try:
            act(payment.id, **STAFF)
            told.append("done")
        except AlreadyDecided:
            told.append("already decided")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=(act,)) for act in (approve, reject)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["already decided", "done"]
    assert owner.execute("SELECT count(*) FROM core_audit WHERE act LIKE 'enrolment.%'").fetchone() == (1,)
    assert owner.execute("SELECT count(*) FROM ledger_evidence WHERE source = 'staff'").fetchone() == (1,)


def test_approval_after_settlement_has_nothing_to_decide():
    payment = make.paid()

    with pytest.raises(NothingToDecide):
        approve(payment.id, **STAFF)


def test_approval_of_no_payment_is_refused():
    with pytest.raises(NoSuchOrder):
        approve(new_id(), **STAFF)


def test_unpaid_payment_cannot_be_approved():
    payment = make.waiting()

    with pytest.raises(NothingToDecide):
        approve(payment.id, **STAFF)

    assert make.standing(payment) == ("open", "none")


def test_suspended_payment_can_be_approved(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)
    make.tell(payment, Kind.STATUS_UNPAID, at=make.later(1))

    approve(payment.id, **STAFF)

    assert make.standing(payment) == ("questioned", "open")
    assert make.grant(owner, payment) == "open"
    assert make.troubles(owner) == []


@pytest.mark.parametrize("act", [approve, cancel_by_customer])
def test_act_on_a_payment_in_use_is_a_sentence(act, connect):
    payment = pending()
    holder = connect()
    holder.execute("SET ROLE tollkeeper_till")
    holder.execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (payment.id,))

    with pytest.raises(InUse):
        act(payment.id, **(STAFF if act is approve else {}))

    holder.rollback()
    act(payment.id, **(STAFF if act is approve else {}))


def test_nobody_but_the_till_may_hold_a_payment(connect):
    payment = pending()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect().execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (payment.id,))
