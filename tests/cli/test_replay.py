"""What is stored as evidence is read back as the same evidence, and told in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from rules.test_reducer import EVERYTHING, NOON, PAYMENT
from tollkeeper.core.database import as_json
from tollkeeper.payments.ledger.reducer import reduce
from tollkeeper.payments.ledger.state import Access, Evidence, Kind
from tollkeeper.reporting.replay import OPENING, agrees, evidence_of_row, replay, told

STORED = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def as_stored(item: Evidence) -> dict[str, Any]:
    """The row as the database gives it back: JSON for the data, a moment and a text for the rest."""
    said = msgspec.json.decode(as_json(item))
    columns = {name: said.pop(name, None) for name in ("payment_id", "key", "kind", "source", "digest")}
    del said["at"]
    return columns | {"at": item.at, "data": said, "recorded_at": STORED}


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: item.key)
def test_stored_evidence_is_read_back_as_it_was(item):
    assert evidence_of_row(PAYMENT, as_stored(item)) == item


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: item.key)
def test_every_kind_of_evidence_has_a_sentence(item):
    sentence = told(item, PAYMENT)

    assert len(sentence.split()) >= 3
    assert sentence.endswith(".") or item.reason in sentence


def test_replay_ends_where_the_reducer_does():
    heard = [item for item in EVERYTHING if item.kind is not Kind.REJECTED]

    replayed, steps = replay(PAYMENT, [as_stored(item) for item in heard])

    assert agrees(reduce(PAYMENT, heard), replayed)
    assert len(steps) == len(heard)


def test_replay_leaves_out_what_the_books_claim():
    claimed = reduce(PAYMENT, EVERYTHING)

    replayed, _ = replay(claimed, [])

    assert not agrees(claimed, replayed)
    assert replayed.access is Access.NONE


def test_step_tells_what_moved_and_why():
    opened = next(item for item in EVERYTHING if item.kind is Kind.OPENED)

    _, (step,) = replay(PAYMENT, [as_stored(opened)])

    assert step.followed == ("The payment went from created to open: the gateway gives a pay page.",)


def test_every_access_has_a_sentence():
    assert set(OPENING) == set(Access)


def test_decision_of_staff_is_told_with_its_reason():
    said = Evidence(UUID(int=1), Kind.APPROVED, "act:1", "staff", NOON, number=1, by="ann@example.com", reason="Known.")

    assert told(said, PAYMENT) == "ann@example.com approved it. Their reason: Known."


def test_refusal_of_what_never_came_owes_nothing_back():
    kinds = (Kind.OPENED, Kind.SUBMITTED, Kind.REJECTED)
    heard = [next(item for item in EVERYTHING if item.kind is kind) for kind in kinds]
    later = msgspec.structs.replace(heard[-1], number=9)

    _, steps = replay(PAYMENT, [as_stored(item) for item in (*heard[:-1], later)])

    assert steps[-1].followed == ("Access was refused; no money had been seen to come.",)
