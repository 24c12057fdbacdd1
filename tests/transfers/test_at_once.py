"""What meets at the same moment: proofs with decisions, proofs with proofs, an approval with a card payment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from storefront.make import evidence
from tollkeeper.core.errors import Refusal
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.payments.ledger import services as ledger
from tollkeeper.payments.ledger.queries import find_payment, payments_of_order
from tollkeeper.payments.ledger.services import bring
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.payments.transfers import services
from tollkeeper.payments.transfers.queries import proofs_of
from tollkeeper.payments.transfers.storage import Draft
from transfers import make

STAFF = "staff@example.com"


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do them together; the refusals' codes, or "done"."""
    start = threading.Barrier(len(acts))

    def doing(act: Callable[[], object]) -> str:
        start.wait(10)
        try:
            act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(doing, acts))


def rejecting(payment, *, seen: int) -> Callable[[], None]:
    return lambda: services.reject(payment.id, seen=seen, by=STAFF, reason="Nothing arrived.")


@pytest.fixture
def while_drawing(monkeypatch):
    """Do something while a proof is being drawn: after it came, before it is stored."""

    def _while_drawing(act: Callable[[], object]) -> None:
        drawing = Draft.draw

        def draw(self, media):
            monkeypatch.setattr(Draft, "draw", drawing)
            act()
            return drawing(self, media)

        monkeypatch.setattr(Draft, "draw", draw)

    return _while_drawing


def test_proof_that_uploads_during_a_rejection_waits_for_another_look(transfer, while_drawing):
    make.sent(transfer, make.png())
    while_drawing(rejecting(transfer, seen=1))

    second = make.sent(transfer, make.png())

    found = find_payment(str(transfer.id))
    assert second.proof.number == 3
    assert (found.state, found.access) == ("confirming", "pending")


def test_rejection_of_a_proof_that_nobody_saw_is_refused_and_says_why(transfer):
    make.sent(transfer, make.png())
    make.sent(transfer, make.png())

    with pytest.raises(services.NewProofArrived):
        rejecting(transfer, seen=1)()

    assert find_payment(str(transfer.id)).access == "pending"


def test_control_without_the_guard_an_unseen_proof_is_rejected(transfer):
    make.sent(transfer, make.png())
    make.sent(transfer, make.png())

    ledger.reject(transfer.id, by=STAFF, reason="Nothing arrived.")

    assert find_payment(str(transfer.id)).access == "rejected"


def test_reject_and_proof_at_once_have_one_outcome(transfer):
    make.sent(transfer, make.png())

    rejected, _sent = at_once(rejecting(transfer, seen=1), lambda: make.sent(transfer, make.png()))

    assert rejected in {"done", "proof_arrived"}
    assert find_payment(str(transfer.id)).access == "pending"
    assert len(proofs_of(transfer.id)) == 2


def test_approve_and_reject_at_once_are_one_decision(transfer):
    make.sent(transfer, make.png())

    said = at_once(
        rejecting(transfer, seen=1), lambda: services.approve(transfer.id, seen=1, by=STAFF, reason="It is there.")
    )

    assert sorted(said) == ["already_decided", "done"]
    assert find_payment(str(transfer.id)).access == ("rejected" if said[0] == "done" else "open")


def test_same_file_sent_twice_at_once_is_one(transfer):
    data = make.png()

    said = at_once(*[lambda: make.sent(transfer, data)] * 3)

    assert set(said) == {"done"}
    assert len(proofs_of(transfer.id)) == 1
    assert len(make.kept()) == 2


def test_no_more_than_ten_however_many_come_at_once(transfer, monkeypatch):
    monkeypatch.setattr(services, "MOST_PROOFS", 2)

    said = at_once(*[lambda: make.sent(transfer, make.png()) for _ in range(4)])

    assert sorted(said) == ["done", "done", "proof_too_many", "proof_too_many"]
    assert len(make.kept()) == 4


def test_approval_while_the_card_settles_opens_once(transfer, course):
    make.sent(transfer, make.png())
    card = beside(transfer)
    paid = evidence(card, Kind.STATUS_PAID, course.price_minor)

    at_once(
        lambda: services.approve(transfer.id, seen=1, by=STAFF, reason="It is there."),
        lambda: bring([paid]),
    )

    access = sorted(one.access for one in payments_of_order(find_payment(str(transfer.id)).order_id))
    assert access == ["elsewhere", "open"]
    assert Grant.objects.filter(state="open").count() == 1


def test_approval_after_the_card_paid_grants_nothing_more(transfer, course):
    make.sent(transfer, make.png())
    card = beside(transfer)
    bring([evidence(card, Kind.STATUS_PAID, course.price_minor)])

    services.approve(transfer.id, seen=1, by=STAFF, reason="It is there too.")

    access = {one.payment_id: one.access for one in payments_of_order(find_payment(str(transfer.id)).order_id)}
    assert access == {transfer.id: "elsewhere", card: "open"}
    assert Grant.objects.filter(state="open").count() == 1


def beside(payment):
    """A payment by card of the same order, waiting to be paid; its id."""
    from tollkeeper.core.orm import raw_cursor

    with raw_cursor() as cursor:
        card = ledger.place_payment(cursor, payment, method="ikhokha")
    bring([evidence(card.id, Kind.OPENED, 0)])
    return card.id
