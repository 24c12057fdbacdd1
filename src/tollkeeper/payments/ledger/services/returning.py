"""Money on its way back: refunds that people ask for and send, disputes that the payer's bank opens.

What is wanted is stored first and sent afterwards; only what was sent moves money and access. A person sends it, in the
gateway's dashboard or from the bank, and says so here with what proves it: iKhokha has no call for refunds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tollkeeper.core import audit, clock
from tollkeeper.core.database import Connection, Cursor, plain_cursor, till
from tollkeeper.core.ids import new_reference, parse_reference
from tollkeeper.core.money import Money
from tollkeeper.core.switchboard import Capability, demand
from tollkeeper.payments.ledger.errors import (
    DisputeIsKnown,
    DisputeIsOver,
    NoSuchDispute,
    NoSuchOrder,
    NoSuchRefund,
    NothingToRefund,
    ReasonNeeded,
    RefundIsOver,
    RefundTooLarge,
)
from tollkeeper.payments.ledger.reducer import came_minor, claimed, troubles_of
from tollkeeper.payments.ledger.services.bringing import transaction
from tollkeeper.payments.ledger.services.deciding import locked
from tollkeeper.payments.ledger.settle import close_about, open_interventions, settle
from tollkeeper.payments.ledger.state import Back, Evidence, Kind, Payment, PaymentState, Trouble, Way

OVER_WHEN_ALL_IS_BACK = frozenset({Trouble.REFUND_OWED, Trouble.PAID_TWICE, Trouble.WRONG_AMOUNT})
FINISHED = {Kind.REFUNDED: "sent", Kind.REFUND_FAILED: "not_sent"}


@dataclass(frozen=True, slots=True)
class _Word:
    """What a person says, and who."""

    by: str
    reason: str


def refundable_minor(payment: Payment) -> int:
    """How much of a payment may still be asked back, in minor units: what came, less what is on its way back or there.

    A dispute that is open has its amount taken by the bank already, so that is not sent a second time.
    """
    facts = payment.facts
    if not claimed(facts) and facts.wrong_minor is None:
        return 0
    leaving = sum(_leaving(back) for back in (*facts.refunds, *facts.disputes))
    return max(came_minor(facts, payment.amount_minor) - leaving, 0)


def ask_refund(
    payment_id: UUID, amount_minor: int, *, closes: bool, by: str, reason: str, number: str | None = None
) -> str:
    """Ask for money to be sent back, as a person of the staff.

    Args:
        payment_id: money came for it.
        amount_minor: at most `refundable_minor`.
        closes: whether the access goes with it, once it is sent.
        by: the person's e-mail address.
        reason: one sentence, kept.
        number: from a form that may be sent twice: the same number is the same refund.

    Returns:
        The refund's number.

    Raises:
        BadReference, ReasonNeeded, NothingToRefund, RefundTooLarge, NoSuchOrder, InUse, NotNow.
    """
    if not reason.strip():
        raise ReasonNeeded
    number = parse_reference(number) if number else new_reference()
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = locked(cursor, payment_id)
        if _of(payment.facts.refunds, number):
            return number
        _demand_refundable(payment, amount_minor)
        said = _said(payment, Kind.REFUND_ASKED, number, _Word(by, reason), amount_minor, closes=closes)
        settle(connection, [said])
        with till(cursor):
            open_interventions(cursor, [(payment_id, Trouble.REFUND_TO_SEND)])
        told = {"refund": number, "amount_minor": amount_minor, "closes": closes, "reason": reason}
        audit.record(cursor, act="refund.ask", thing=str(payment_id), by=by, data=told)
    return number


def refund_sent(payment_id: UUID, number: str, *, by: str, proof: str) -> None:
    """Say that an asked refund was sent by hand.

    Args:
        payment_id: whose.
        number: of the refund, as `ask_refund` gave it.
        by: who sent it.
        proof: what proves it, kept: the gateway's or the bank's number of it.

    Raises:
        ReasonNeeded, NoSuchRefund, RefundIsOver, NoSuchOrder, InUse, NotNow.
    """
    _finish(Kind.REFUNDED, payment_id, number, by=by, reason=proof)


def refund_not_sent(payment_id: UUID, number: str, *, by: str, reason: str) -> None:
    """Say that an asked refund will not be sent, or came back. Arguments and errors as `refund_sent`."""
    _finish(Kind.REFUND_FAILED, payment_id, number, by=by, reason=reason)


def dispute_opened(payment_id: UUID, number: str, amount_minor: int, *, by: str, reason: str) -> None:
    """Say that the payer's bank asks for money back; access is suspended until it is decided.

    Args:
        payment_id: whose.
        number: the bank's or the gateway's number of the dispute.
        amount_minor: what is asked for.
        by: who read it.
        reason: what the bank says, kept.

    Raises:
        ReasonNeeded, DisputeIsKnown, NothingToRefund, NoSuchOrder, InUse, NotNow.
    """
    if not reason.strip() or not number.strip():
        raise ReasonNeeded
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = locked(cursor, payment_id)
        if _of(payment.facts.disputes, number.strip()):
            raise DisputeIsKnown
        if amount_minor <= 0:
            raise NothingToRefund("A dispute is about an amount above zero.")
        opened = _said(payment, Kind.DISPUTED, number.strip(), _Word(by, reason), amount_minor)
        settle(connection, [opened])
        audit.record(cursor, act="dispute.open", thing=str(payment_id), by=by, data={"dispute": number, "says": reason})


def dispute_closed(payment_id: UUID, number: str, *, won: bool, by: str, reason: str) -> None:
    """Say how a dispute ended: the money stays, or it is gone and the access with it.

    Raises:
        ReasonNeeded, NoSuchDispute, DisputeIsOver, NoSuchOrder, InUse, NotNow.
    """
    if not reason.strip():
        raise ReasonNeeded
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = locked(cursor, payment_id)
        dispute = _of(payment.facts.disputes, number)
        if dispute is None:
            raise NoSuchDispute
        if dispute.way is not Way.ASKED:
            raise DisputeIsOver
        kind = Kind.DISPUTE_WON if won else Kind.DISPUTE_LOST
        after = _settled(connection, _said(payment, kind, number, _Word(by, reason), dispute.amount_minor))
        _close_what_is_over(cursor, payment, after, by=by, act=f"{kind}: {reason}")
        audit.record(cursor, act="dispute.close", thing=str(payment_id), by=by, data={"dispute": number, "won": won})


def _finish(kind: Kind, payment_id: UUID, number: str, *, by: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = locked(cursor, payment_id)
        refund = _of(payment.facts.refunds, number)
        if refund is None:
            raise NoSuchRefund
        if refund.way is Way.STAYS or (refund.way is Way.BACK and kind is Kind.REFUNDED):
            raise RefundIsOver
        after = _settled(connection, _said(payment, kind, number, _Word(by, reason), refund.amount_minor))
        _close_what_is_over(cursor, payment, after, by=by, act=f"{kind}: {reason}")
        told = {"refund": number, "says": reason}
        audit.record(cursor, act=f"refund.{FINISHED[kind]}", thing=str(payment_id), by=by, data=told)


def _demand_refundable(payment: Payment, amount_minor: int) -> None:
    left = refundable_minor(payment)
    if left <= 0:
        raise NothingToRefund
    if not 0 < amount_minor <= left:
        raise RefundTooLarge(f"Between 1 cent and {Money(left, payment.currency).display('en')} can be refunded.")


def _said(
    payment: Payment, kind: Kind, number: str, word: _Word, amount_minor: int, *, closes: bool | None = None
) -> Evidence:
    return Evidence(
        payment.id,
        kind,
        f"{kind}:{number}",
        "staff",
        clock.now(),
        amount_minor=amount_minor,
        by=word.by,
        reason=word.reason,
        back=number,
        closes=closes,
    )


def _leaving(back: Back) -> int:
    match back.way:
        case Way.ASKED:
            return back.amount_minor
        case Way.BACK:
            return back.sent_minor
        case Way.STAYS:
            return 0


def _of(backs: Sequence[Back], number: str) -> Back | None:
    return next((back for back in backs if back.id == number), None)


def _settled(connection: Connection, evidence: Evidence) -> Payment:
    (outcome,) = settle(connection, [evidence])
    if outcome.payment is None:
        raise NoSuchOrder
    return outcome.payment


def _close_what_is_over(cursor: Cursor, before: Payment, after: Payment, *, by: str, act: str) -> None:
    """Close what this step has settled, and nothing that is still owed or asked."""
    over = troubles_of(before) - troubles_of(after)
    if after.state is PaymentState.REFUNDED:
        over |= OVER_WHEN_ALL_IS_BACK
    if not any(refund.way is Way.ASKED for refund in after.facts.refunds):
        over |= {Trouble.REFUND_TO_SEND}
    with till(cursor):
        close_about(cursor, after.id, over, by=by, act=act)
