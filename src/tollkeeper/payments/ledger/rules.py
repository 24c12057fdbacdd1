"""How messages of a gateway become evidence. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tollkeeper.payments.gateways.contract import Link, Notice, Standing, StatusRead
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment, PaymentState, Proof, proof_of


def from_notice(notice: Notice, *, at: datetime, digest: str, accepted_up_to: int = 0) -> Evidence:
    """What a verified webhook says.

    Args:
        notice: the gateway's message.
        at: when it was received.
        digest: SHA-256 of its raw bytes, hexadecimal.
        accepted_up_to: the amount in minor units up to which the policy takes it alone as proof; 0 for never.
    """
    kind = Kind.CALLBACK_SUCCESS if notice.paid else Kind.CALLBACK_FAILURE
    return Evidence(
        notice.payment_id,
        kind,
        f"{kind}:{notice.link_id}:{accepted_up_to}",
        "webhook",
        at,
        link=Link(notice.link_id),
        accepted_up_to=accepted_up_to,
        digest=digest,
    )


def from_read(payment_id: UUID, read: StatusRead, *, source: str) -> Evidence | None:
    """What the gateway's answer says; None for a word that nobody has explained, or a payment without an amount."""
    if read.standing is Standing.PAID and read.amount_minor is not None:
        kind, what = Kind.STATUS_PAID, str(read.amount_minor)
    elif read.standing is Standing.UNPAID:
        kind, what = Kind.STATUS_UNPAID, read.asked_at.isoformat()
    else:
        return None
    key = f"{kind}:{read.link.id}:{what}"
    return Evidence(payment_id, kind, key, source, read.asked_at, link=read.link, amount_minor=read.amount_minor)


def from_status(payment: Payment, read: StatusRead, *, source: str) -> list[Evidence]:
    """What the gateway's answer adds to what is known of a payment.

    "Unpaid" is the ordinary answer while somebody types a card number, so it is evidence only against a claim that is
    not yet proven.
    """
    said = from_read(payment.id, read, source=source)
    if said is None or (said.kind is Kind.STATUS_UNPAID and not claimed(payment)):
        return []
    return [said]


def claimed(payment: Payment) -> bool:
    """Whether a callback says paid, the gateway has not confirmed it, and no answer contradicts it yet."""
    proven = proof_of(payment.facts) is Proof.CONFIRMED
    return payment.facts.claimed_at is not None and not proven and payment.state is not PaymentState.QUESTIONED


def opened(payment: Payment, link: Link, *, at: datetime) -> Evidence:
    """The gateway gave a page."""
    return Evidence(payment.id, Kind.OPENED, f"opened:{link.id}", "checkout", at, link=link)
