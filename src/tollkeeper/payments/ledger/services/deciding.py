"""What people decide: approve, reject, hand in a proof, take and close an intervention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tollkeeper.core import audit, clock
from tollkeeper.core.database import Cursor, plain_cursor, till
from tollkeeper.core.errors import Refusal
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.switchboard import Capability, demand
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger import locks, rules
from tollkeeper.payments.ledger.errors import (
    AlreadyDecided,
    AlreadyPaid,
    NoSuchIntervention,
    NoSuchOrder,
    NotATransfer,
    NothingToDecide,
    ReasonNeeded,
)
from tollkeeper.payments.ledger.models import Evidence as EvidenceRow
from tollkeeper.payments.ledger.reducer import waits
from tollkeeper.payments.ledger.services.bringing import transaction
from tollkeeper.payments.ledger.settle import close_about, settle, settled_by_a_person, taken_by_a_person
from tollkeeper.payments.ledger.state import BY_HAND, RECEIVED, Access, Evidence, Kind, Payment, PaymentState, Trouble

UNPROVEN = frozenset({PaymentState.QUESTIONED, PaymentState.CONFIRMING})
UNPAID = frozenset({PaymentState.CREATED, PaymentState.OPEN, PaymentState.EXPIRED, PaymentState.CANCELLED})
"""Where staff may find the money of a transfer in the bank although the customer showed no proof."""
CLOSED_BY_DECISION = (Trouble.WRONG_AMOUNT, Trouble.CONTRADICTED, Trouble.UNCONFIRMED)


def approve(payment_id: UUID, *, by: str, reason: str) -> None:
    """Open what was paid for, as a person of the staff.

    Args:
        payment_id: waits for approval, is suspended or is questioned.
        by: the person's e-mail address.
        reason: one sentence, kept.

    Raises:
        AlreadyDecided, NothingToDecide, ReasonNeeded, InUse, NotNow.
    """
    _act(Kind.APPROVED, payment_id, by=by, reason=reason)


def reject(payment_id: UUID, *, by: str, reason: str) -> None:
    """Refuse it; the money is then owed back, and an intervention says so. Arguments and errors as `approve`."""
    _act(Kind.REJECTED, payment_id, by=by, reason=reason)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides about a payment."""

    payment_id: UUID
    approve: bool


def decide_many(decisions: Sequence[Decision], *, by: str, reason: str) -> list[Refusal | None]:
    """Decide about several payments, each in a transaction of its own.

    Returns:
        For each, in the order given: why not, or None where it was done.
    """
    return [_refusal(decision, by=by, reason=reason) for decision in decisions]


def _refusal(decision: Decision, *, by: str, reason: str) -> Refusal | None:
    try:
        (approve if decision.approve else reject)(decision.payment_id, by=by, reason=reason)
    except Refusal as refusal:
        return refusal
    return None


def submit_proof(payment_id: UUID, *, digest: str, by: str) -> int:
    """The customer hands in a proof of a bank transfer; it then waits for staff.

    Joins the caller's transaction, so that the file's row and this are stored together.

    Args:
        payment_id: a transfer's.
        digest: SHA-256 of the file, hexadecimal.
        by: the customer, as the audit should name them.

    Returns:
        The proof's number among the acts about this payment.

    Raises:
        AlreadyPaid, NotATransfer, NoSuchOrder, InUse, NotNow.
    """
    with transaction() as connection, plain_cursor(connection) as cursor:
        payment = locked(cursor, payment_id)
        if payment.gateway != "transfer":
            raise NotATransfer
        if payment.state in RECEIVED or payment.access in {Access.OPEN, Access.ELSEWHERE}:
            raise AlreadyPaid
        number = _next_number(payment)
        key = f"submitted:{number}"
        settle(
            connection,
            [Evidence(payment_id, Kind.SUBMITTED, key, "customer", clock.now(), number=number, by=by, digest=digest)],
        )
    return number


def take_intervention(intervention_id: UUID, *, by: str) -> None:
    """Become the owner of an intervention, also of somebody else's.

    Raises:
        NoSuchIntervention, NotNow.
    """
    with raw_cursor() as cursor:
        demand(cursor, Capability.STAFF_ACT)
        with till(cursor):
            taken = taken_by_a_person(cursor, intervention_id, by=by)
        if taken is None:
            raise NoSuchIntervention
        audit.record(cursor, act="intervention.take", thing=taken, by=by)


def close_intervention(intervention_id: UUID, *, by: str, act: str) -> None:
    """Close an intervention by what was done about it. Nothing else ever closes one.

    Args:
        intervention_id: open.
        by: who did it: an e-mail address.
        act: one sentence, kept.

    Raises:
        ReasonNeeded, NoSuchIntervention, NotNow.
    """
    if not act.strip():
        raise ReasonNeeded
    with raw_cursor() as cursor:
        demand(cursor, Capability.STAFF_ACT)
        with till(cursor):
            closed = settled_by_a_person(cursor, intervention_id, by=by, act=act)
        if closed is None:
            raise NoSuchIntervention
        audit.record(cursor, act="intervention.close", thing=closed, by=by, data={"act": act})


def _act(kind: Kind, payment_id: UUID, *, by: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = locked(cursor, payment_id)
        _demand_decidable(payment, kind)
        number, at = _next_number(payment), clock.now()
        act = Evidence(payment_id, kind, f"act:{number}", "staff", at, number=number, by=by, reason=reason)
        received = _received(payment, number, by=by, at=at) if kind is Kind.APPROVED else []
        settle(connection, [*received, act])
        with till(cursor):
            close_about(cursor, payment_id, CLOSED_BY_DECISION, by=by, act=f"{kind}: {reason}")
        audit.record(cursor, act=f"enrolment.{kind}", thing=str(payment_id), by=by, data={"reason": reason})


def locked(cursor: Cursor, payment_id: UUID) -> Payment:
    """A payment as it stands, held until the transaction ends.

    Raises:
        NoSuchOrder: there is none of that id.
    """
    with till(cursor):
        payment = locks.wait(cursor, [payment_id]).payments.get(payment_id)
    if payment is None:
        raise NoSuchOrder
    return payment


def _received(payment: Payment, number: int, *, by: str, at: datetime) -> list[Evidence]:
    """Who approves what no gateway can confirm says that the money is there."""
    if payment.gateway not in BY_HAND:
        return []
    link = payment.facts.links[0] if payment.facts.links else Link(payment.reference)
    said = Evidence(
        payment.id,
        Kind.RECEIVED,
        f"received:{number}",
        "staff",
        at,
        link=link,
        amount_minor=payment.amount_minor,
        by=by,
    )
    return [rules.opened(payment, link, at=at), said]


def _next_number(payment: Payment) -> int:
    """Of the act to come: above every act and every proof handed in."""
    act = payment.facts.act
    return max(act.number if act else 0, payment.facts.submitted or 0) + 1


def _demand_decidable(payment: Payment, kind: Kind) -> None:
    unproven = UNPROVEN | UNPAID if kind is Kind.APPROVED and payment.gateway in BY_HAND else UNPROVEN
    if waits(payment) or (payment.access is Access.NONE and payment.state in unproven):
        return
    if payment.facts.act:
        raise AlreadyDecided(_who_decided(payment))
    raise NothingToDecide(f"The payment is {payment.state}, its access {payment.access}.")


def _who_decided(payment: Payment) -> str:
    act = payment.facts.act
    row = EvidenceRow.objects.filter(payment_id=payment.id, key=f"act:{act.number if act else 0}").first()
    by = row.data.get("by") if row else None
    return f"{by or 'Somebody'} has {'approved' if act and act.opens else 'rejected'} this already."
