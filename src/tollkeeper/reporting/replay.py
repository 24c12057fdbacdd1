"""Replays stored evidence through the reducer, one piece at a time, and says what each piece did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from tollkeeper.core.money import Money
from tollkeeper.payments.ledger.reducer import reduce
from tollkeeper.payments.ledger.state import TRANSITIONS, Access, Evidence, Kind, Payment, PaymentState, Route

OPENING: Mapping[Access, str] = MappingProxyType(
    {
        Access.PENDING: "The course waits for approval by staff.",
        Access.OPEN: "The course opened.",
        Access.SUSPENDED: "The course was closed again until a person has looked.",
        Access.REJECTED: "Access was refused, and the money is owed back.",
        Access.ELSEWHERE: "Another payment had opened the same order already, so this money is owed back.",
        Access.NONE: "The course is not open.",
    }
)
_ROUTES = {
    Route.FAST_TRACK: "We decided to open it at once, because the payment is proven (fast track).",
    Route.QUEUE: "We decided that a person approves it first (fast track was off, or the method is not proven).",
    Route.ELSEWHERE: "We found that another payment of this order had opened it already.",
}
_OPENED = {
    "transfer": "We showed the bank's details and a reference to pay this order with.",
    "complimentary": "Staff began to give it for free.",
    "imported": "It was brought along from the earlier system.",
}
_FOUND = {
    "staff": "A person of the staff noted",
    "statement": "The bank's statement says",
    "import": "The earlier system's books say",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of evidence, and what followed.

    Args:
        at: when it was stored.
        kind, source: as stored.
        said: what it says, a sentence.
        followed: what moved because of it, sentences; empty when nothing did.
        payment, access: as they stood afterwards.
    """

    at: datetime
    kind: str
    source: str
    said: str
    followed: tuple[str, ...]
    payment: PaymentState
    access: Access


def replay(terms: Payment, rows: Iterable[Mapping[str, Any]]) -> tuple[Payment, list[Step]]:
    """What the evidence makes of a payment that nothing is known of yet.

    Args:
        terms: the payment; its facts and standing are left aside.
        rows: its evidence as stored, in that order.

    Returns:
        The payment as the evidence makes it, and the way there.
    """
    blank = Payment(
        terms.id, terms.person_id, terms.reference, terms.gateway, terms.amount_minor, terms.currency, terms.lines
    )
    now, steps = blank, []
    for row in rows:
        heard = evidence_of_row(terms, row)
        after = reduce(now, [heard])
        followed = tuple(_moves(now, after))
        steps.append(
            Step(row["recorded_at"], heard.kind, heard.source, told(heard, terms), followed, after.state, after.access)
        )
        now = after
    return now, steps


def agrees(books: Payment, replayed: Payment) -> bool:
    """Whether the books say what the evidence says."""
    return (books.state, books.access, books.facts) == (replayed.state, replayed.access, replayed.facts)


def evidence_of_row(terms: Payment, row: Mapping[str, Any]) -> Evidence:
    """A stored row as the evidence that it was."""
    fields = {name: row[name] for name in ("key", "kind", "source", "at", "digest")}
    return msgspec.convert(dict(row["data"]) | fields | {"payment_id": terms.id}, Evidence, strict=False)


def told(heard: Evidence, terms: Payment) -> str:  # noqa: C901  one line for each kind
    """What a piece of evidence says, as a sentence."""
    gateway = _name(terms.gateway)
    reason = f" Their reason: {heard.reason}" if heard.reason else ""
    match heard.kind:
        case Kind.OPENED:
            return _OPENED.get(terms.gateway, f"{gateway} gave a page where this order could be paid.")
        case Kind.CALLBACK_SUCCESS:
            return f"{gateway} sent us a signed message that it was paid."
        case Kind.CALLBACK_FAILURE:
            return f"{gateway} sent us a signed message that an attempt to pay failed."
        case Kind.STATUS_PAID:
            amount = Money(heard.amount_minor or 0, terms.currency).display("en_ZA")
            return f"We asked {gateway}, and it said: paid, {amount}."
        case Kind.STATUS_UNPAID:
            return f"We asked {gateway}, and it said: not paid."
        case Kind.EXPIRED:
            return "We stopped waiting for this payment."
        case Kind.CANCELLED:
            return "The customer turned back and cancelled."
        case Kind.SUBMITTED:
            return "The customer handed in a proof of their bank transfer."
        case Kind.RECEIVED:
            amount = Money(heard.amount_minor or 0, terms.currency).display("en_ZA")
            return f"{_FOUND.get(heard.source, 'It was noted')} that {amount} arrived.{reason}"
        case Kind.DECIDED:
            return _ROUTES[heard.route or Route.QUEUE]
        case Kind.APPROVED:
            return f"{heard.by or 'Somebody of the staff'} approved it.{reason}"
        case Kind.REJECTED:
            return f"{heard.by or 'Somebody of the staff'} rejected it.{reason}"
        case Kind.REPAIRED:
            return "Our own proof found that access was missing, and added it."


def _moves(before: Payment, after: Payment) -> Iterable[str]:
    if after.state is not before.state:
        why = TRANSITIONS[before.state].get(after.state, "the evidence together says so")
        yield f"The payment went from {_word(before.state)} to {_word(after.state)}: {why}."
    if after.access is not before.access:
        yield OPENING[after.access]


def _word(state: PaymentState) -> str:
    return state.value.replace("_", " ")


def _name(gateway: str) -> str:
    return {"ikhokha": "iKhokha", "transfer": "the bank"}.get(gateway, gateway)
