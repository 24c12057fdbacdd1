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
def reachable() -> Reached:
    known, payments, after = {PAYMENT.facts: 0}, [PAYMENT], []
    for payment in payments:
        row = []
        for item in EVERYTHING:
            found = reduce(payment, [item])
            number = known.setdefault(found.facts, len(payments))
            if number == len(payments):
                payments.append(found)
            assert payments[number] == found
            row.append(number)
        after.append(tuple(row))
    return Reached(payments, after)


def test_any_two_facts_commute_in_every_reachable_state():
    after = reachable().after

    for a, b in combinations(range(len(EVERYTHING)), 2):
        for row in after:
            assert after[row[a]][b] == after[row[b]][a], (EVERYTHING[a], EVERYTHING[b])


def test_the_same_fact_again_changes_nothing_in_every_reachable_state():
    after = reachable().after

    for row in after:
        for fact_number, once in enumerate(row):
            assert after[once][fact_number] == once, EVERYTHING[fact_number]


def test_enough_states_are_reached_to_mean_something():
    payments = reachable().payments

    assert len(payments) > 10_000
    assert {payment.state for payment in payments} == set(PaymentState)
    assert {payment.access for payment in payments} == set(Access)


def test_moves_are_exactly_those_of_the_printed_table():
    payments, after = reachable()

    states = [payment.state for payment in payments]
    moves = {(states[s], states[t]) for s, row in enumerate(after) for t in row if states[s] is not states[t]}

    assert moves == {(start, end) for start, ends in TRANSITIONS.items() for end in ends}


def test_access_is_never_open_without_money_behind_it():
    for payment in reachable().payments:
        if payment.access is Access.OPEN:
            assert payment.state is PaymentState.PAID or payment.facts.act is not None
            assert payment.state in DECIDABLE


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
