"""Approves and rejects payments, a transfer only by who has seen the proof that is there now; and gives money back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import typer

from tollkeeper.cli.acts.books import about, lines_of, payment_named
from tollkeeper.cli.output import print_json, say
from tollkeeper.core.errors import Refusal
from tollkeeper.core.money import BadMoney, Money
from tollkeeper.payments.ledger import services as till
from tollkeeper.payments.transfers import services
from tollkeeper.payments.transfers.errors import NewProofArrived
from tollkeeper.payments.transfers.queries import ProofView, proofs_of


class ProofNotSeen(Refusal):
    """The customer has handed in a proof of payment, and you have not said that you looked at it."""

    code = "proof_not_seen"
    remedy = "`tollkeeper payment show` says where to look at it; then give its number with --proof."
    http_status = 409


def decide(which: str, *, opens: bool, seen: int | None, by: str, reason: str, as_json: bool) -> None:
    """Approve or reject.

    Args:
        seen: the number of the newest proof that was looked at; None asks, where somebody sits at a terminal.

    Raises:
        ProofNotSeen: there is a proof that was not looked at, or a newer one, or none of that number.
        AlreadyDecided, NothingToDecide, ReasonNeeded, NoSuchOrder, NotNow.
    """
    payment = payment_named(which)
    number = _seen(proofs_of(payment.id), seen, asks=not as_json and sys.stdin.isatty())
    act = services.approve if opens else services.reject
    try:
        act(payment.id, seen=number, by=by, reason=reason.strip())
    except NewProofArrived as newer:
        raise ProofNotSeen(_newest(proofs_of(payment.id))) from newer
    after = payment_named(str(payment.id))
    if as_json:
        print_json(about(after) | {"by": by, "reason": reason.strip(), "proof": number or None})
        return
    say(f"{after.reference} is {'approved' if opens else 'rejected'}: payment {after.state}, access {after.access}.")
    if not opens:
        say("Money that came is owed back: `tollkeeper payment refund` notes it; an intervention waits until then.")


def _seen(proofs: Sequence[ProofView], seen: int | None, *, asks: bool) -> int:
    """The number of the newest proof that was looked at; 0 where nothing was handed in."""
    numbers = [proof.number for proof in proofs]
    if seen is not None:
        if seen not in numbers:
            known = f"there is {', '.join(map(str, numbers))}" if numbers else "nothing was handed in"
            raise ProofNotSeen(f"This payment has no proof {seen}; {known}.")
        return seen
    if not proofs:
        return 0
    if not asks:
        raise ProofNotSeen(_newest(proofs))
    for proof in proofs:
        say(*lines_of(proof))
    if not typer.confirm("Have you looked at the last of them, and for the money in the bank account?"):
        raise ProofNotSeen(_newest(proofs))
    return numbers[-1]


def _newest(proofs: Sequence[ProofView]) -> str:
    return f"The newest proof of this payment is number {proofs[-1].number}; you have not said that you looked at it."


def ask_back(which: str, amount: str, *, closes: bool, by: str, reason: str, as_json: bool) -> None:
    """Ask for a refund.

    Args:
        amount: in major units, or `all` that is left.

    Raises:
        BadMoney, ReasonNeeded, NothingToRefund, RefundTooLarge, NoSuchOrder, NotNow.
    """
    payment = payment_named(which)
    left = till.refundable_minor(payment.as_seen_by_reducer())
    minor = _minor(amount, payment.currency, whole=left)
    number = till.ask_refund(payment.id, minor, closes=closes, by=by, reason=reason)
    shown = Money(minor, payment.currency).display("en")
    _tell(payment, {"refund": number, "amount_minor": minor}, as_json=as_json)
    if not as_json:
        say(f"Refund {number} of {shown} is asked for. Send it in the gateway's dashboard or from the bank, then:")
        say(f"  tollkeeper payment refund-sent {payment.reference} {number} --proof 'its number there'")


def finish_refund(which: str, number: str, *, sent: bool, by: str, why: str, as_json: bool) -> None:
    """Say what became of a refund.

    Raises:
        ReasonNeeded, NoSuchRefund, RefundIsOver, NoSuchOrder, NotNow.
    """
    payment = payment_named(which)
    if sent:
        till.refund_sent(payment.id, number, by=by, proof=why)
    else:
        till.refund_not_sent(payment.id, number, by=by, reason=why)
    _tell(payment, {"refund": number, "sent": sent}, as_json=as_json)


def open_dispute(which: str, number: str, amount: str, *, by: str, reason: str, as_json: bool) -> None:
    """Open a dispute.

    Raises:
        BadMoney, ReasonNeeded, NothingToRefund, NoSuchOrder, NotNow.
    """
    payment = payment_named(which)
    minor = _minor(amount, payment.currency, whole=payment.amount_minor)
    till.dispute_opened(payment.id, number, minor, by=by, reason=reason)
    _tell(payment, {"dispute": number, "amount_minor": minor}, as_json=as_json)


def close_dispute(which: str, number: str, *, won: bool, by: str, reason: str, as_json: bool) -> None:
    """Close a dispute.

    Raises:
        ReasonNeeded, NoSuchDispute, DisputeIsOver, NoSuchOrder, NotNow.
    """
    payment = payment_named(which)
    till.dispute_closed(payment.id, number, won=won, by=by, reason=reason)
    _tell(payment, {"dispute": number, "won": won}, as_json=as_json)


def _minor(amount: str, currency: str, *, whole: int) -> int:
    if amount.strip().lower() == "all":
        return whole
    try:
        return Money.of(Decimal(amount.strip()), currency).minor
    except InvalidOperation as error:
        raise BadMoney(f"{amount!r} is not an amount.", remedy="Write it as 499.00, or `all`.") from error


def _tell(payment: Any, told: dict[str, object], *, as_json: bool) -> None:
    after = payment_named(str(payment.id))
    if as_json:
        print_json(about(after) | told)
    else:
        say(f"{after.reference}: payment {after.state}, access {after.access}.")
