"""The proof that order and repetition of evidence change nothing.

For every reachable set of facts s and all evidence a, b: s·a·b = s·b·a and s·a·a = s·a. That implies every order and
every repetition of any number of pieces.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from random import Random
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest

from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.reducer import reduce
from tollkeeper.payments.ledger.state import (
    DECIDABLE,
    TRANSITIONS,
    Access,
    Evidence,
    Kind,
    Line,
    Payment,
    PaymentState,
    Proof,
    Route,
    proof_of,
)

ID = UUID(int=1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OURS, THEIRS = Link("ours", "https://pay.test/ours"), Link("theirs", "https://pay.test/theirs")
PAYMENT = Payment(ID, UUID(int=2), "REF", "ikhokha", 10_000, "ZAR", (Line(UUID(int=3), "course:x"),))


def fact(kind: Kind, minute: int = 0, **more) -> Evidence:
    return Evidence(
        ID, kind, f"{kind}:{minute}:{sorted(more.items())}", "test", NOON + timedelta(minutes=minute), **more
    )


EVERYTHING = (
    fact(Kind.OPENED, link=OURS),
    fact(Kind.OPENED, link=THEIRS),
    fact(Kind.CALLBACK_SUCCESS, 1, link=OURS),
    fact(Kind.CALLBACK_SUCCESS, 3, link=OURS, accepted_up_to=10_000),
    fact(Kind.CALLBACK_SUCCESS, 3, link=THEIRS, accepted_up_to=10_000),
    fact(Kind.CALLBACK_FAILURE, 2, link=OURS),
    fact(Kind.STATUS_PAID, 4, link=OURS, amount_minor=10_000),
    fact(Kind.STATUS_PAID, 4, link=THEIRS, amount_minor=10_000),
    fact(Kind.STATUS_PAID, 4, link=OURS, amount_minor=1),
    fact(Kind.STATUS_UNPAID, 2, link=OURS),
    fact(Kind.STATUS_UNPAID, 5, link=OURS),
    fact(Kind.SUBMITTED, number=3),
    fact(Kind.RECEIVED, 6, link=OURS, amount_minor=10_000),
    fact(Kind.EXPIRED),
    fact(Kind.CANCELLED),
    fact(Kind.DECIDED, number=1, route=Route.FAST_TRACK),
    fact(Kind.DECIDED, number=0, route=Route.ELSEWHERE),
    fact(Kind.DECIDED, number=2, route=Route.QUEUE),
    fact(Kind.APPROVED, number=1, by="one"),
    fact(Kind.REJECTED, number=2, by="two"),
    fact(Kind.REPAIRED),
)


class Reached(NamedTuple):
    """Every reachable payment, and where each fact leads from it, as indices."""

    payments: list[Payment]
    after: list[tuple[int, ...]]


@cache
def reachable(universe: tuple[Evidence, ...] = EVERYTHING) -> Reached:
    known, payments, after = {PAYMENT.facts: 0}, [PAYMENT], []
    for payment in payments:
        row = []
        for item in universe:
            found = reduce(payment, [item])
            number = known.setdefault(found.facts, len(payments))
            if number == len(payments):
                payments.append(found)
            assert payments[number] == found
            row.append(number)
        after.append(tuple(row))
    return Reached(payments, after)


# Money that comes is tried with everything; money that goes back with the steps of the way there that it can meet.
COMING_BACK = (
    fact(Kind.REFUND_ASKED, back="one", amount_minor=4_000, closes=False),
    fact(Kind.REFUNDED, back="one", amount_minor=4_000),
    fact(Kind.REFUND_FAILED, back="one"),
    fact(Kind.REFUND_ASKED, back="two", amount_minor=6_000, closes=True),
    fact(Kind.REFUNDED, back="two", amount_minor=6_000),
    fact(Kind.REFUNDED, back="theirs", amount_minor=10_000),
    fact(Kind.DISPUTED, back="bank", amount_minor=10_000),
    fact(Kind.DISPUTE_LOST, back="bank", amount_minor=10_000),
    fact(Kind.DISPUTE_WON, back="bank"),
)
PAID_AND_DECIDED = tuple(
    item
    for item in EVERYTHING
    if (item.kind, item.link, item.amount_minor) in {(Kind.OPENED, OURS, None), (Kind.STATUS_PAID, OURS, 10_000)}
    or item.kind in {Kind.APPROVED, Kind.REJECTED}
    or item.route is Route.FAST_TRACK
)
ON_THE_WAY = tuple(
    item
    for item in EVERYTHING
    if item.kind in {Kind.CALLBACK_FAILURE, Kind.STATUS_UNPAID, Kind.EXPIRED, Kind.CANCELLED}
    or (item.link is OURS and item.accepted_up_to == 0 and item.kind is not Kind.RECEIVED)
)
QUEUED_OR_ELSEWHERE = (
    fact(Kind.OPENED, link=OURS),
    fact(Kind.STATUS_PAID, 4, link=OURS, amount_minor=10_000),
    fact(Kind.STATUS_PAID, 4, link=OURS, amount_minor=1),
    fact(Kind.CALLBACK_SUCCESS, 1, link=OURS),
    fact(Kind.SUBMITTED, number=3),
    fact(Kind.DECIDED, number=0, route=Route.ELSEWHERE),
    fact(Kind.DECIDED, number=2, route=Route.QUEUE),
    fact(Kind.APPROVED, number=1, by="one"),
    fact(Kind.REFUND_ASKED, back="all", amount_minor=10_000, closes=False),
    fact(Kind.REFUNDED, back="all", amount_minor=10_000),
    *COMING_BACK[6:],
)
UNIVERSES = {
    "what waits, or another payment opened, goes back": QUEUED_OR_ELSEWHERE,
    "money comes": EVERYTHING,
    "what was decided goes back": PAID_AND_DECIDED + COMING_BACK,
    "what was not yet there goes back": (
        *ON_THE_WAY,
        *COMING_BACK[5:],
        fact(Kind.REFUND_FAILED, back="theirs"),
    ),
}
every_universe = pytest.mark.parametrize("name", UNIVERSES)


@every_universe
def test_any_two_facts_commute_in_every_reachable_state(name):
    facts = UNIVERSES[name]
    after = reachable(facts).after

    for a, b in combinations(range(len(facts)), 2):
        for row in after:
            assert after[row[a]][b] == after[row[b]][a], (facts[a], facts[b])


@every_universe
def test_the_same_fact_again_changes_nothing_in_every_reachable_state(name):
    after = reachable(UNIVERSES[name]).after

    for row in after:
        for fact_number, once in enumerate(row):
            assert after[once][fact_number] == once, UNIVERSES[name][fact_number]


def test_enough_states_are_reached_to_mean_something():
    reached = [reachable(universe).payments for universe in UNIVERSES.values()]
    payments = [payment for universe in reached for payment in universe]

    assert [len(universe) > 1_000 for universe in reached] == [True] * len(UNIVERSES)
    assert {payment.state for payment in payments} == set(PaymentState)
    assert {payment.access for payment in payments} == set(Access)


def test_moves_are_exactly_those_of_the_printed_table():
    moves = set()

    for universe in UNIVERSES.values():
        payments, after = reachable(universe)
        states = [payment.state for payment in payments]
        moves |= {(states[s], states[t]) for s, row in enumerate(after) for t in row if states[s] is not states[t]}

    assert moves == {(start, end) for start, ends in TRANSITIONS.items() for end in ends}


def test_access_is_never_open_without_money_behind_it():
    for payment in reachable().payments:
        if payment.access is Access.OPEN:
            assert payment.state is PaymentState.PAID or payment.facts.act is not None
            assert payment.state in DECIDABLE


def test_money_that_went_back_leaves_nothing_open_unless_somebody_said_so():
    for payment in reachable(UNIVERSES["what was decided goes back"]).payments:
        if payment.access is Access.OPEN and payment.state is not PaymentState.PAID:
            kept = [refund for refund in payment.facts.refunds if refund.closes is False]
            assert kept or payment.facts.act is not None


def test_what_the_gateway_confirmed_stays_paid():
    payments, after = reachable()

    for payment, row in zip(payments, after, strict=True):
        if proof_of(payment.facts) is Proof.CONFIRMED:
            assert {payments[later].state for later in row} == {PaymentState.PAID}


@pytest.mark.parametrize("seed", range(50))
def test_random_orders_with_repetitions_end_alike(seed: int):
    random = Random(seed)
    chosen = random.choices(EVERYTHING, k=12)
    shuffled = [*chosen, *random.choices(chosen, k=6)]
    random.shuffle(shuffled)

    assert reduce(PAYMENT, shuffled) == reduce(PAYMENT, chosen)


def test_facts_survive_the_trip_through_json():
    for payment in reachable().payments[::97]:
        assert msgspec.json.decode(msgspec.json.encode(payment), type=Payment) == payment


def test_a_last_writer_wins_reducer_fails_the_proof():
    def naive(state: str, kind: Kind) -> str:
        return {Kind.CALLBACK_SUCCESS: "paid", Kind.CALLBACK_FAILURE: "failed"}.get(kind, state)

    ab = naive(naive("open", Kind.CALLBACK_SUCCESS), Kind.CALLBACK_FAILURE)
    ba = naive(naive("open", Kind.CALLBACK_FAILURE), Kind.CALLBACK_SUCCESS)

    assert ab != ba
