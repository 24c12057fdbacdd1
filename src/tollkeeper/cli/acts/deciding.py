"""Approves and rejects payments; a transfer only by who has seen the proof that is there now."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from tollkeeper.cli.acts.books import about, lines_of, payment_named
from tollkeeper.cli.output import print_json, say
from tollkeeper.core.errors import Refusal
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
        say("The money is owed back: refund it in the gateway's dashboard; an intervention waits until that is done.")


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
