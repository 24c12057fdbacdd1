"""What comes without a gateway: proofs that customers hand in, money that people see, access that staff give."""

from __future__ import annotations

import msgspec

from rules.test_reducer import OURS, PAYMENT, fact
from tollkeeper.payments.ledger.reducer import reduce, troubles_of
from tollkeeper.payments.ledger.state import Kind, Route, Trouble

TRANSFER = msgspec.structs.replace(PAYMENT, gateway="transfer")
OPENED = fact(Kind.OPENED, link=OURS)
APPROVED_FIRST, REJECTED_SECOND = fact(Kind.APPROVED, number=1), fact(Kind.REJECTED, number=2)
RECEIVED = fact(Kind.RECEIVED, link=OURS, amount_minor=10_000)


def proof(number):
    return fact(Kind.SUBMITTED, number=number)


def after(*facts):
    made = reduce(TRANSFER, [OPENED, *facts])
    return made.state.value, made.access.value


def test_proof_waits_for_staff():
    assert after(proof(1)) == ("confirming", "pending")


def test_refused_proof_closes_and_owes_nothing_back():
    refused = reduce(TRANSFER, [OPENED, proof(1), REJECTED_SECOND])

    assert (refused.state, refused.access) == ("confirming", "rejected")
    assert troubles_of(refused) == frozenset()


def test_next_proof_waits_again():
    assert after(proof(1), REJECTED_SECOND, proof(3)) == ("confirming", "pending")


def test_proof_that_crossed_with_the_refusal_counts_as_refused():
    assert after(proof(1), proof(2), fact(Kind.REJECTED, number=3)) == ("confirming", "rejected")


def test_proof_after_the_approval_closes_nothing():
    assert after(RECEIVED, APPROVED_FIRST, proof(3)) == ("paid", "open")


def test_money_that_somebody_saw_is_paid():
    assert after(RECEIVED) == ("paid", "none")
    assert after(RECEIVED, fact(Kind.DECIDED, number=1, route=Route.FAST_TRACK)) == ("paid", "open")


def test_another_amount_is_a_question():
    short = reduce(TRANSFER, [OPENED, fact(Kind.RECEIVED, link=OURS, amount_minor=9_000)])

    assert short.state == "questioned"
    assert troubles_of(short) == {Trouble.WRONG_AMOUNT}


def test_money_that_came_and_was_refused_is_owed_back():
    refused = reduce(TRANSFER, [OPENED, RECEIVED, REJECTED_SECOND])

    assert troubles_of(refused) == {Trouble.REFUND_OWED}


def test_nobody_opens_again_what_another_payment_opened():
    elsewhere = fact(Kind.DECIDED, number=1, route=Route.ELSEWHERE)
    doubled = reduce(TRANSFER, [OPENED, RECEIVED, elsewhere, fact(Kind.APPROVED, number=5)])

    assert doubled.access == "elsewhere"
    assert troubles_of(doubled) == {Trouble.PAID_TWICE}


def test_proof_comes_late_and_still_counts():
    assert after(fact(Kind.EXPIRED), proof(1)) == ("confirming", "pending")
    assert after(fact(Kind.CANCELLED), proof(1)) == ("confirming", "pending")
