"""Paid means access, and access means paid: found missing it is added, found unpaid a person is asked."""

from __future__ import annotations

import pytest

from payments import make
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.fulfilment.enrolments.checks import paid_means_access
from tollkeeper.fulfilment.enrolments.services import notice_paid_twice, prove, prove_and_repair
from tollkeeper.payments.ledger.services import approve
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


def repair(*payments):
    with raw_transaction() as connection:
        return prove_and_repair(connection, [payment.id for payment in payments] or None)


def look_for_doubles(*payments):
    with raw_cursor() as cursor:
        notice_paid_twice(cursor, [payment.id for payment in payments])


def lose_grant(owner, payment):
    owner.execute("DELETE FROM enrolments_grant WHERE id = %s", (payment.lines[0].id,))


def two_orders_of_one_course():
    first = make.waiting()
    return first, make.waiting(item=first.lines[0].item)


@pytest.mark.parametrize("everything", [True, False])
def test_missing_access_is_added(owner, everything):
    payment = make.paid()
    lose_grant(owner, payment)

    found = repair() if everything else repair(payment)

    assert found.missing == (payment.id,)
    assert make.grant(owner, payment) == "open"
    assert repair().holds
    assert make.journal(owner, payment)[-1] == "access.repaired"


def test_looking_alone_repairs_nothing(owner):
    payment = make.paid()
    lose_grant(owner, payment)

    with raw_cursor() as cursor:
        found = prove(cursor)

    assert found.missing == (payment.id,)
    assert make.grant(owner, payment) is None
    assert paid_means_access().verdict == "fail"


def test_payment_that_nobody_routed_is_routed(owner):
    payment = make.waiting()
    owner.execute(
        "UPDATE ledger_payment SET state = 'paid', facts = facts || jsonb_build_object('confirmed', ARRAY[%s])"
        " WHERE id = %s",
        (make.page(payment).id, payment.id),
    )

    repair()

    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"


@pytest.mark.parametrize("state", ["pending", "suspended", "rejected"])
def test_access_without_payment_is_told_and_not_taken(owner, state):
    payment = make.paid()
    owner.execute("UPDATE ledger_payment SET access = %s WHERE id = %s", (state, payment.id))

    found = repair()
    again = repair()

    assert found.unpaid == again.unpaid == (payment.lines[0].id,)
    assert make.grant(owner, payment) == "open"
    assert make.troubles(owner, payment.lines[0].id) == ["access_unpaid"]


def test_gift_needs_no_payment(owner):
    payment = make.paid()
    owner.execute("UPDATE enrolments_grant SET kind = 'complimentary', payment_id = NULL")
    owner.execute("UPDATE ledger_payment SET state = 'expired', access = 'none'")

    assert repair().holds
    assert make.troubles(owner) == []
    assert make.grant(owner, payment) == "open"


def test_payment_settled_elsewhere_asks_for_no_repair(owner):
    payment = make.paid()
    lose_grant(owner, payment)
    owner.execute("UPDATE ledger_payment SET access = 'elsewhere' WHERE id = %s", (payment.id,))

    assert repair().holds


def test_proof_writes_nothing_in_recovery(owner):
    make.paid()
    owner.execute("UPDATE core_switch SET write = 'recover'")

    assert repair().holds


@pytest.mark.parametrize("order_of_paying", [(0, 1), (1, 0)])
def test_course_paid_twice_goes_to_a_person(owner, order_of_paying):
    payments = two_orders_of_one_course()
    first, second = (payments[place] for place in order_of_paying)
    for payment in (first, second):
        make.tell(payment, Kind.STATUS_PAID)
        look_for_doubles(payment)

    assert make.troubles(owner, first.id) == []
    assert make.troubles(owner, second.id) == ["paid_twice"]
    assert make.standing(second) == ("paid", "open")


def test_both_paid_between_two_looks_names_one(owner):
    payments = two_orders_of_one_course()
    for payment in payments:
        make.tell(payment, Kind.STATUS_PAID)

    look_for_doubles(*payments)
    look_for_doubles(*payments)

    assert make.troubles(owner) == ["paid_twice"]
    assert make.troubles(owner, payments[1].id) == ["paid_twice"]


def test_approval_of_a_second_payment_is_noticed(owner):
    first, second = two_orders_of_one_course()
    owner.execute("UPDATE ledger_payment SET gateway = 'eft' WHERE id = %s", (first.id,))
    make.tell(first, Kind.STATUS_PAID)
    make.tell(second, Kind.STATUS_PAID)
    look_for_doubles(first, second)

    approve(first.id, by="staff@example.com", reason="The bank shows it.")
    look_for_doubles(first)

    assert make.troubles(owner, first.id) == ["paid_twice"]
    assert make.troubles(owner, second.id) == []


def test_other_people_may_buy_the_same_course(owner):
    first = make.waiting()
    second = make.waiting("other@example.com", item=first.lines[0].item)
    for payment in (first, second):
        make.tell(payment, Kind.STATUS_PAID)

    look_for_doubles(first, second)

    assert make.troubles(owner) == []
