"""What the page of a bank transfer shows: where to pay, what was handed in, and what the customer may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.core.settings import settings
from tollkeeper.payments.ledger.jobs import TRANSFER_DAYS
from tollkeeper.payments.ledger.queries import OrderView, payments_of_order
from tollkeeper.payments.ledger.state import DECIDABLE, RECEIVED, Access, PaymentState
from tollkeeper.payments.transfers.queries import ProofView, proofs_of, why_refused
from tollkeeper.payments.transfers.services import MOST_PROOFS, too_large

CARD, TRANSFER = "ikhokha", "transfer"
UNPAID = frozenset({PaymentState.CREATED, PaymentState.OPEN, PaymentState.ATTEMPT_FAILED, PaymentState.EXPIRED})
TAKES_PROOF = UNPAID | {PaymentState.CANCELLED, PaymentState.CONFIRMING}


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of the bank's details. `copies` is whether it is worth a button."""

    name: str | Promise
    value: str
    copies: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A transfer as its customer sees it.

    Args:
        details: where to pay; empty where nothing is to be paid now.
        until: how long it is waited for; None once something was handed in.
        proofs: what was handed in.
        why: what staff wrote about proofs that they did not accept; "" otherwise.
        takes_proof: whether the form is there.
        most_bytes, too_large: for the form: the limit, and what to say above it.
        keep_days: how long a file is kept after the decision.
    """

    details: tuple[Detail, ...]
    until: datetime | None
    proofs: tuple[ProofView, ...]
    why: str
    takes_proof: bool
    most_bytes: int
    keep_days: int
    too_large: str


def sheet_of(shown: OrderView) -> Sheet | None:
    """The sheet of a transfer; None for a payment of another kind."""
    if shown.method != TRANSFER:
        return None
    proofs = tuple(proofs_of(shown.payment_id))
    refused = is_refused(shown)
    pays = shown.payment_state in UNPAID or refused
    return Sheet(
        details=_details() if pays and settings().takes_transfers else (),
        until=shown.created_at + timedelta(days=TRANSFER_DAYS) if shown.payment_state == PaymentState.OPEN else None,
        proofs=proofs,
        why=why_refused(shown.payment_id) if refused else "",
        takes_proof=shown.payment_state in TAKES_PROOF and len(proofs) < MOST_PROOFS,
        most_bytes=settings().proof_max_bytes,
        keep_days=settings().proof_keep_days,
        too_large=too_large().sentence,
    )


def is_refused(shown: OrderView) -> bool:
    """Whether staff did not accept what was handed in, so that the customer has to act."""
    return (shown.payment_state, shown.access) == (PaymentState.CONFIRMING, Access.REJECTED)


def other_way(shown: OrderView) -> str:
    """The other method that this order may still be paid by; "" where there is none."""
    if shown.payment_state not in UNPAID and not is_refused(shown):
        return ""
    if shown.method == TRANSFER:
        return CARD if settings().ikhokha_app_id else ""
    return TRANSFER if settings().takes_transfers else ""


def chosen(shown: OrderView, method: str | None) -> OrderView:
    """The order with its payment by the method that the customer chose to look at, while none has brought money.

    Args:
        shown: the order with the payment that tells most about it.
        method: a method's name, from an address; None and nonsense change nothing.
    """
    if method in (None, shown.method) or shown.payment_state in DECIDABLE | RECEIVED:
        return shown
    others = (one for one in payments_of_order(shown.order_id) if one.method == method)
    return next(others, shown)


def page_of_transfer(reference: str) -> str:
    """The order's page, with the bank's details where it may also be paid by card."""
    return f"{reverse('storefront:order', args=(reference,))}?by={TRANSFER}"


def _details() -> tuple[Detail, ...]:
    bank = settings()
    given = (
        Detail(_("Account holder"), bank.bank_account_holder),
        Detail(_("Bank"), bank.bank_name, copies=False),
        Detail(_("Account number"), bank.bank_account),
        Detail(_("Branch code"), bank.bank_code),
        Detail(_("BIC (SWIFT)"), bank.bank_swift),
    )
    return tuple(one for one in given if one.value)
