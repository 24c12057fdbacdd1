"""What evidence does to a payment, to access, and to whoever must look."""

from __future__ import annotations

import pytest

from payments import make
from tollkeeper.core.flags import FAST_TRACK, read_flags, set_flag
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.switchboard import NotNow
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.settle import Verdict
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")
FOREIGN = Link("somebody-elses-page")


def switch_off(flag):
    with raw_cursor() as cursor:
        set_flag(cursor, flag, enabled=False, by="staff@example.com", reason="a test")


def test_proven_payment_opens_the_course(owner):
    payment = make.waiting()

    outcome = make.tell(payment, Kind.STATUS_PAID)

    assert outcome.verdict is Verdict.SETTLED
    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"
    assert make.journal(owner, payment) == ["payment.open", "payment.paid", "access.open"]


def test_second_message_changes_nothing(owner):
    payment = make.paid()
    lines = make.journal(owner, payment)

    outcome = make.tell(payment, Kind.STATUS_PAID)

    assert outcome.verdict is Verdict.DUPLICATE
    assert outcome.payment is not None
    assert make.journal(owner, payment) == lines
    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (1,)


def test_accepted_callback_opens_the_course(owner):
    payment = make.waiting()

    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)

    assert make.standing(payment) == ("paid", "open")


def test_callback_above_the_cap_opens_nothing(owner):
    payment = make.waiting()

    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE - 1)

    assert make.standing(payment) == ("confirming", "none")
    assert make.grant(owner, payment) is None


def test_callback_alone_opens_no_gift_card():
    payment = make.waiting(item="giftcard:1")

    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)

    assert make.standing(payment) == ("confirming", "none")


def test_failure_then_success_opens():
    payment = make.waiting()

    make.tell(payment, Kind.CALLBACK_FAILURE)
    declined = make.standing(payment)
    make.tell(payment, Kind.STATUS_PAID)

    assert declined == ("attempt_failed", "none")
    assert make.standing(payment) == ("paid", "open")


def test_success_then_failure_stays_open(owner):
    payment = make.paid()

    make.tell(payment, Kind.CALLBACK_FAILURE)

    assert make.standing(payment) == ("paid", "open")
    assert make.troubles(owner) == []


@pytest.mark.parametrize("ending", [Kind.EXPIRED, Kind.CANCELLED])
def test_money_that_comes_after_the_end_counts(owner, ending):
    payment = make.waiting()

    make.tell(payment, ending)
    ended = make.standing(payment)
    make.tell(payment, Kind.STATUS_PAID)

    assert ended == (ending.value, "none")
    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"


def test_wrong_amount_goes_to_a_person(owner):
    payment = make.waiting()

    make.tell(payment, Kind.STATUS_PAID, amount_minor=100)

    assert make.standing(payment) == ("questioned", "none")
    assert make.troubles(owner, payment.id) == ["wrong_amount"]
    assert make.grant(owner, payment) is None


def test_contradiction_suspends_and_distrusts(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)

    make.tell(payment, Kind.STATUS_UNPAID, at=make.later(1))

    assert make.standing(payment) == ("questioned", "suspended")
    assert make.grant(owner, payment) == "suspended"
    assert make.troubles(owner, payment.id) == ["contradicted"]
    with raw_cursor() as cursor:
        assert read_flags(cursor)["strict"] is True
    assert owner.execute("SELECT thing, by FROM core_audit WHERE act = 'flag.set'").fetchall() == [("strict", "settle")]


def test_older_unpaid_answer_contradicts_nothing(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)

    make.tell(payment, Kind.STATUS_UNPAID, at=make.later(-60))

    assert make.standing(payment) == ("paid", "open")


def test_confirmation_ends_a_contradiction(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)
    make.tell(payment, Kind.STATUS_UNPAID, at=make.later(1))

    make.tell(payment, Kind.STATUS_PAID)

    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"


@pytest.mark.parametrize("kind", [Kind.CALLBACK_SUCCESS, Kind.STATUS_PAID])
def test_page_that_is_not_ours_proves_nothing(owner, kind):
    payment = make.waiting()

    make.tell(payment, kind, link=FOREIGN, **({"accepted_up_to": make.PRICE} if kind is Kind.CALLBACK_SUCCESS else {}))

    assert make.standing(payment)[1] == "none"
    assert make.grant(owner, payment) is None


def test_fast_track_off_waits_for_a_person(owner):
    payment = make.waiting()
    switch_off(FAST_TRACK)

    make.tell(payment, Kind.STATUS_PAID)

    assert make.standing(payment) == ("paid", "pending")
    assert make.grant(owner, payment) == "pending"


def test_route_is_chosen_once(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS, accepted_up_to=make.PRICE)
    switch_off(FAST_TRACK)

    make.tell(payment, Kind.STATUS_PAID)

    assert make.standing(payment) == ("paid", "open")


def test_method_that_proves_no_card_waits_for_a_person(owner):
    payment = make.waiting(gateway="eft")

    make.tell(payment, Kind.STATUS_PAID)

    assert make.standing(payment) == ("paid", "pending")


def test_two_payments_of_one_order_open_once(owner):
    first = make.waiting()
    second = make.waiting()
    owner.execute(
        "UPDATE ledger_payment AS second SET lines = first.lines, order_id = first.order_id"
        " FROM ledger_payment AS first WHERE first.id = %s AND second.id = %s",
        (first.id, second.id),
    )

    make.tell(first, Kind.STATUS_PAID)
    make.tell(second, Kind.STATUS_PAID)

    assert make.standing(first) == ("paid", "open")
    assert make.standing(second) == ("paid", "elsewhere")
    assert make.troubles(owner, second.id) == ["paid_twice"]
    assert owner.execute("SELECT payment_id FROM enrolments_grant").fetchall() == [(first.id,)]


def test_both_pages_of_one_payment_paid_is_paid_twice(owner):
    payment = make.waiting()
    second_page = Link("a-second-page", "https://securepay.ikhokha.red/second")
    make.tell(payment, Kind.OPENED, link=second_page)
    make.tell(payment, Kind.STATUS_PAID)

    make.tell(payment, Kind.STATUS_PAID, link=second_page)

    assert make.standing(payment) == ("paid", "open")
    assert make.troubles(owner, payment.id) == ["paid_twice"]


def test_payment_that_is_not_in_the_books_is_told_apart():
    payment = make.waiting()
    stranger = make.fact(payment, Kind.STATUS_PAID)
    stranger = type(stranger)(make.new_id(), stranger.kind, stranger.key, "test", stranger.at, link=stranger.link)

    known, unknown = make.bring([make.fact(payment, Kind.STATUS_PAID), stranger])

    assert known.verdict is Verdict.SETTLED
    assert unknown.verdict is Verdict.UNKNOWN_PAYMENT


def test_recovery_settles_nothing(owner):
    payment = make.waiting()
    owner.execute("UPDATE core_switch SET write = 'recover'")

    with pytest.raises(NotNow):
        make.tell(payment, Kind.STATUS_PAID)

    assert make.standing(payment) == ("open", "none")
