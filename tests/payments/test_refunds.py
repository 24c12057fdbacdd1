"""Money goes back: asked for first, sent afterwards, never more than came; and access goes with it, or stays."""

from __future__ import annotations

import pytest

from payments import make
from tollkeeper.core.ids import new_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.ledger.errors import (
    DisputeIsKnown,
    DisputeIsOver,
    NoSuchDispute,
    NoSuchRefund,
    NothingToDecide,
    NothingToRefund,
    ReasonNeeded,
    RefundIsOver,
    RefundTooLarge,
)
from tollkeeper.payments.ledger.queries import order_for
from tollkeeper.payments.ledger.services import (
    approve,
    ask_refund,
    dispute_closed,
    dispute_opened,
    place_payment,
    refund_not_sent,
    refund_sent,
    refundable_minor,
    reject,
    submit_proof,
)
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")
BY = {"by": "staff@example.com"}
WHY = BY | {"reason": "The customer changed their mind."}
SENT = BY | {"proof": "Receipt 17 in the dashboard."}


def whole(payment, **more):
    return ask_refund(payment.id, payment.amount_minor, **({"closes": True} | WHY | more))


def test_asking_moves_nothing_and_tells_staff_to_send_it(owner):
    payment = make.paid()

    whole(payment)

    assert make.standing(payment) == ("paid", "open")
    assert make.troubles(owner, payment.id) == ["refund_to_send"]
    assert refundable_minor(make.now(payment)) == 0


def test_whole_refund_that_was_sent_closes_the_course(owner):
    payment = make.paid()

    refund_sent(payment.id, whole(payment), **SENT)

    assert make.standing(payment) == ("refunded", "revoked")
    assert make.grant(owner, payment) == "revoked"
    assert make.troubles(owner, payment.id) == []
    told = ["payment.refunded", "access.revoked", "refund.sent", "intervention.closed"]
    assert make.journal(owner, payment)[-4:] == told
    acts = owner.execute("SELECT act FROM core_audit WHERE thing = %s ORDER BY id", [str(payment.id)]).fetchall()
    assert acts == [("refund.ask",), ("refund.sent",)]


def test_whole_refund_may_leave_the_course_open(owner):
    payment = make.paid()

    refund_sent(payment.id, whole(payment, closes=False), **SENT)

    assert make.standing(payment) == ("refunded", "open")
    assert make.grant(owner, payment) == "open"


def test_several_parts_add_up_to_all_of_it(owner):
    payment = make.paid()
    parts = [20_000, 20_000, payment.amount_minor - 40_000]

    for part in parts:
        before = make.standing(payment)
        refund_sent(payment.id, ask_refund(payment.id, part, closes=False, **WHY), **SENT)

    assert (before, make.standing(payment)) == (("paid", "open"), ("refunded", "open"))
    assert [kind for kind in make.journal(owner, payment) if kind == "refund.sent"] == ["refund.sent"] * 3


def test_part_that_closes_takes_the_access():
    payment = make.paid()

    refund_sent(payment.id, ask_refund(payment.id, 100, closes=True, **WHY), **SENT)

    assert make.standing(payment) == ("paid", "revoked")


@pytest.mark.parametrize("amount", [0, -1, make.PRICE + 1])
def test_more_than_came_is_never_asked_for(amount):
    payment = make.paid()

    with pytest.raises(RefundTooLarge, match="499"):
        ask_refund(payment.id, amount, closes=True, **WHY)


def test_two_refunds_together_are_never_more_than_came():
    payment = make.paid()
    ask_refund(payment.id, 40_000, closes=False, **WHY)

    with pytest.raises(RefundTooLarge, match="99"):
        ask_refund(payment.id, 10_000, closes=False, **WHY)


@pytest.mark.parametrize("make_it", [make.placed, make.waiting])
def test_what_was_never_paid_is_not_refunded(make_it):
    payment = make_it()

    with pytest.raises(NothingToRefund):
        whole(payment)


def test_refund_that_was_not_sent_may_be_asked_for_again(owner):
    payment = make.paid()

    refund_not_sent(payment.id, whole(payment), **WHY)

    assert make.standing(payment) == ("paid", "open")
    assert make.troubles(owner, payment.id) == []
    assert refundable_minor(make.now(payment)) == payment.amount_minor


def test_refund_that_came_back_opens_the_course_again_and_asks_a_person(owner):
    payment = make.paid()
    number = whole(payment)
    refund_sent(payment.id, number, **SENT)

    refund_not_sent(payment.id, number, **WHY)

    assert make.standing(payment) == ("paid", "open")
    assert make.grant(owner, payment) == "open"
    assert make.troubles(owner, payment.id) == ["refund_failed"]


def test_same_refund_is_sent_once():
    payment = make.paid()
    number = whole(payment)
    refund_sent(payment.id, number, **SENT)

    with pytest.raises(RefundIsOver):
        refund_sent(payment.id, number, **SENT)
    with pytest.raises(NoSuchRefund):
        refund_sent(payment.id, "no such number", **SENT)


@pytest.mark.parametrize("text", ["", "  "])
def test_every_step_says_why(text):
    payment = make.paid()

    with pytest.raises(ReasonNeeded):
        whole(payment, reason=text)
    with pytest.raises(ReasonNeeded):
        refund_sent(payment.id, whole(payment), **BY, proof=text)


def test_refund_heard_from_the_gateway_alone_is_understood(owner):
    payment = make.paid()

    make.tell(payment, Kind.REFUNDED, amount_minor=payment.amount_minor, back="theirs-1")

    assert make.standing(payment) == ("refunded", "revoked")
    assert make.grant(owner, payment) == "revoked"


def test_more_back_than_came_asks_a_person(owner):
    payment = make.paid()
    refund_sent(payment.id, whole(payment), **SENT)

    make.tell(payment, Kind.REFUNDED, amount_minor=payment.amount_minor, back="theirs-1")

    assert make.troubles(owner, payment.id) == ["refunded_too_much"]


def test_refund_of_one_order_keeps_what_another_opened(owner):
    first = make.paid()
    second = make.paid(item=first.lines[0].item)

    refund_sent(first.id, whole(first), **SENT)

    assert [make.grant(owner, payment) for payment in (first, second)] == ["revoked", "open"]


def test_refund_of_what_was_paid_twice_settles_it(owner):
    payment = make.paid()
    again = make.paid(gateway="eft")
    make.tell(again, Kind.REFUNDED, amount_minor=again.amount_minor, back="theirs")

    assert make.standing(again)[0] == "refunded"
    assert make.standing(payment) == ("paid", "open")


def test_dispute_suspends_and_its_end_decides(owner):
    payment = make.paid()
    dispute_opened(payment.id, "D-1", payment.amount_minor, **WHY)
    during = (make.standing(payment), make.troubles(owner, payment.id), refundable_minor(make.now(payment)))

    dispute_closed(payment.id, "D-1", won=True, **WHY)

    assert during == (("disputed", "suspended"), ["disputed"], 0)
    assert make.standing(payment) == ("paid", "open")
    assert (make.grant(owner, payment), make.troubles(owner, payment.id)) == ("open", [])


def test_lost_dispute_takes_money_and_access(owner):
    payment = make.paid()
    dispute_opened(payment.id, "D-1", payment.amount_minor, **WHY)

    dispute_closed(payment.id, "D-1", won=False, **WHY)

    assert make.standing(payment) == ("refunded", "revoked")
    assert make.grant(owner, payment) == "revoked"


def test_dispute_is_not_decided_by_an_approval():
    payment = make.paid()
    dispute_opened(payment.id, "D-1", payment.amount_minor, **WHY)

    with pytest.raises(NothingToDecide):
        approve(payment.id, **WHY)


def test_dispute_ends_once():
    payment = make.paid()
    dispute_opened(payment.id, "D-1", payment.amount_minor, **WHY)
    dispute_closed(payment.id, "D-1", won=True, **WHY)

    with pytest.raises(DisputeIsOver):
        dispute_closed(payment.id, "D-1", won=False, **WHY)
    with pytest.raises(NoSuchDispute):
        dispute_closed(payment.id, "D-2", won=False, **WHY)


def test_part_of_what_is_owed_leaves_the_rest_owed(owner):
    payment = make.paid(gateway="eft")
    reject(payment.id, **WHY)

    refund_sent(payment.id, ask_refund(payment.id, 10_000, closes=False, **WHY), **SENT)
    after_a_part = make.troubles(owner, payment.id)
    refund_sent(payment.id, ask_refund(payment.id, payment.amount_minor - 10_000, closes=False, **WHY), **SENT)

    assert (after_a_part, make.troubles(owner, payment.id)) == (["refund_owed"], [])


def test_end_of_one_dispute_leaves_the_other_open(owner):
    payment = make.paid()
    for number in ("D-1", "D-2"):
        dispute_opened(payment.id, number, 10_000, **WHY)

    dispute_closed(payment.id, "D-1", won=True, **WHY)
    after_one = (make.standing(payment), make.troubles(owner, payment.id))
    dispute_closed(payment.id, "D-2", won=True, **WHY)

    assert after_one == (("disputed", "suspended"), ["disputed"])
    assert (make.standing(payment), make.troubles(owner, payment.id)) == (("paid", "open"), [])


def test_dispute_is_noted_once():
    payment = make.paid()
    dispute_opened(payment.id, "D-1", 10_000, **WHY)

    with pytest.raises(DisputeIsKnown):
        dispute_opened(payment.id, "D-1", payment.amount_minor, **WHY)


def test_form_sent_twice_notes_one_refund():
    payment = make.paid()
    number = new_reference()

    numbers = [ask_refund(payment.id, 10_000, closes=False, number=number, **WHY) for _ in range(2)]

    assert numbers == [number, number]
    assert refundable_minor(make.now(payment)) == payment.amount_minor - 10_000


def test_claimed_payment_that_staff_rejected_can_be_refunded(owner):
    payment = make.waiting()
    make.tell(payment, Kind.CALLBACK_SUCCESS)
    reject(payment.id, **WHY)
    owed = make.troubles(owner, payment.id)

    refund_sent(payment.id, whole(payment), **SENT)

    assert (owed, make.troubles(owner, payment.id)) == (["refund_owed"], [])
    assert make.standing(payment) == ("refunded", "rejected")


def test_order_tells_of_its_refund_rather_than_of_what_was_never_paid():
    card = make.paid()
    with raw_cursor() as cursor:
        place_payment(cursor, card, method="transfer")
    refund_sent(card.id, whole(card), **SENT)

    shown = order_for(card.reference, person_id=card.person_id, session_orders=())

    assert (shown.payment_id, shown.payment_state) == (card.id, "refunded")


def test_what_was_revoked_is_free_for_a_payment_that_must_wait(owner):
    card = make.paid()
    with raw_cursor() as cursor:
        transfer = place_payment(cursor, card, method="transfer")
    refund_sent(card.id, whole(card), **SENT)

    submit_proof(transfer.id, digest="0" * 64, by="buyer@example.com")

    assert make.standing(transfer) == ("confirming", "pending")
    approve(transfer.id, **WHY)
    assert (make.standing(transfer), make.grant(owner, transfer)) == (("paid", "open"), "open")
