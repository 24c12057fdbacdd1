"""What the journal tells of a payment: one line for each thing that is new, each with how all of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tollkeeper.core.journal import Event
from tollkeeper.payments.ledger.reducer import waits
from tollkeeper.payments.ledger.state import (
    Access,
    Back,
    Evidence,
    Payment,
    PaymentState,
    Proof,
    Route,
    Way,
    proof_of,
)

PROOF_WORD: Mapping[Proof, str] = {proof: proof.name.lower() for proof in Proof}
STEP: Mapping[str, Mapping[Way, str]] = {
    "refund": {Way.ASKED: "asked", Way.BACK: "sent", Way.STAYS: "failed"},
    "dispute": {Way.ASKED: "opened", Way.BACK: "lost", Way.STAYS: "won"},
}


class Told(msgspec.Struct, frozen=True):
    """How a payment stands.

    `waits` says whether staff must decide now, and is told where that changed. `again` is told where what was closed,
    because money went back or was disputed, is open after all.
    """

    reference: str
    items: list[str]
    gateway: str
    amount_minor: int
    currency: str
    state: PaymentState
    access: Access
    route: Route | None
    proof: str
    sources: list[str]
    waits: bool | UnsetType = UNSET
    again: bool | UnsetType = UNSET


class ToldBack(msgspec.Struct, frozen=True):
    """A step of money on its way back: `sent` once it ever left us, `closed` if the access is gone with it."""

    reference: str
    number: str
    amount_minor: int
    currency: str
    closed: bool
    sent: bool


def events(before: Payment, after: Payment, evidence: Sequence[Evidence], *, repaired: bool) -> list[Event]:
    """The lines of a change.

    Args:
        before, after: the payment.
        evidence: what moved it.
        repaired: whether the standing proof asked for the access again.
    """
    kinds = _kinds(before, after, repaired=repaired)
    told = []
    if kinds:
        data = _how_it_stands(before, after, evidence)
        told = [Event(kind, after.id, after.person_id, data) for kind in kinds]
    if after.facts.refunds or after.facts.disputes:
        told += _steps_back(before, after)
    return told


def _kinds(before: Payment, after: Payment, *, repaired: bool) -> list[str]:
    kinds = []
    if after.state is not before.state:
        kinds.append(f"payment.{after.state}")
    if after.access is not before.access:
        kinds.append(f"access.{after.access}")
    if repaired:
        kinds.append("access.repaired")
    return kinds


def _how_it_stands(before: Payment, after: Payment, evidence: Sequence[Evidence]) -> Told:
    return Told(
        reference=after.reference,
        items=[line.item for line in after.lines],
        gateway=after.gateway,
        amount_minor=after.amount_minor,
        currency=after.currency,
        state=after.state,
        access=after.access,
        route=after.facts.decision.route if after.facts.decision else None,
        proof=PROOF_WORD[proof_of(after.facts)],
        sources=sorted({item.source for item in evidence}),
        waits=waits(after) if waits(after) is not waits(before) else UNSET,
        again=True if _came_back(before, after) else UNSET,
    )


def _came_back(before: Payment, after: Payment) -> bool:
    closed = before.access is Access.REVOKED or before.state is PaymentState.DISPUTED
    return closed and before.access is not after.access is Access.OPEN


def _steps_back(before: Payment, after: Payment) -> Iterator[Event]:
    for thing, known, now in (
        ("refund", before.facts.refunds, after.facts.refunds),
        ("dispute", before.facts.disputes, after.facts.disputes),
    ):
        ways = {back.id: back.way for back in known}
        for back in now:
            if ways.get(back.id) is not back.way:
                yield Event(f"{thing}.{STEP[thing][back.way]}", after.id, after.person_id, _step(back, after))


def _step(back: Back, payment: Payment) -> ToldBack:
    return ToldBack(
        reference=payment.reference,
        number=back.id,
        amount_minor=back.sent_minor or back.amount_minor,
        currency=payment.currency,
        closed=payment.access is Access.REVOKED,
        sent=back.sent_minor > 0,
    )
