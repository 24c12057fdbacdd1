"""Replays stored evidence through the reducer, one piece at a time, and says what each piece did.

Sentences are in the language that is active when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tollkeeper.core.money import Money
from tollkeeper.payments.ledger.reducer import claimed, reduce
from tollkeeper.payments.ledger.state import (
    TRANSITIONS,
    Access,
    Evidence,
    Facts,
    Kind,
    Payment,
    PaymentState,
    Route,
)

Text = str | Promise

OPENING: Mapping[Access, Text] = MappingProxyType(
    {
        Access.PENDING: _("The course waits for approval by staff."),
        Access.OPEN: _("The course opened."),
        Access.SUSPENDED: _("The course was closed again until a person has looked."),
        Access.REJECTED: _("Access was refused, and the money is owed back."),
        Access.ELSEWHERE: _("Another payment had opened the same order already, so this money is owed back."),
        Access.NONE: _("The course is not open."),
        Access.REVOKED: _("The course was closed, because the money went back."),
    }
)
_UNSEEN = _("Access was refused; no money had been seen to come.")
STATES: Mapping[PaymentState, Text] = MappingProxyType(
    {
        PaymentState.CREATED: pgettext_lazy("state of a payment", "created"),
        PaymentState.OPEN: pgettext_lazy("state of a payment", "open"),
        PaymentState.ATTEMPT_FAILED: pgettext_lazy("state of a payment", "attempt failed"),
        PaymentState.CONFIRMING: pgettext_lazy("state of a payment", "confirming"),
        PaymentState.PAID: pgettext_lazy("state of a payment", "paid"),
        PaymentState.QUESTIONED: pgettext_lazy("state of a payment", "questioned"),
        PaymentState.EXPIRED: pgettext_lazy("state of a payment", "expired"),
        PaymentState.CANCELLED: pgettext_lazy("state of a payment", "cancelled"),
        PaymentState.DISPUTED: pgettext_lazy("state of a payment", "disputed"),
        PaymentState.REFUNDED: pgettext_lazy("state of a payment", "refunded"),
    }
)
_SAYS: Mapping[Kind, Text] = MappingProxyType(
    {
        Kind.OPENED: _("%(gateway)s gave a page where this order could be paid."),
        Kind.CALLBACK_SUCCESS: _("%(gateway)s sent us a signed message that it was paid."),
        Kind.CALLBACK_FAILURE: _("%(gateway)s sent us a signed message that an attempt to pay failed."),
        Kind.STATUS_PAID: _("We asked %(gateway)s, and it said: paid, %(amount)s."),
        Kind.STATUS_UNPAID: _("We asked %(gateway)s, and it said: not paid."),
        Kind.EXPIRED: _("We stopped waiting for this payment."),
        Kind.CANCELLED: _("The customer turned back and cancelled."),
        Kind.SUBMITTED: _("The customer handed in a proof of their bank transfer."),
        Kind.RECEIVED: _("It was noted that %(amount)s arrived."),
        Kind.DECIDED: _("We decided that a person approves it first."),
        Kind.APPROVED: _("%(by)s approved it."),
        Kind.REJECTED: _("%(by)s rejected it."),
        Kind.REFUND_ASKED: _("%(by)s asked for %(amount)s to be sent back."),
        Kind.REFUNDED: _("%(amount)s was sent back."),
        Kind.REFUND_FAILED: _("%(amount)s was not sent back."),
        Kind.DISPUTED: _("The payer's bank asks for %(amount)s back."),
        Kind.DISPUTE_WON: _("The dispute is won: the money stays."),
        Kind.DISPUTE_LOST: _("The dispute is lost: %(amount)s went back."),
        Kind.REPAIRED: _("Our own proof found that access was missing, and added it."),
    }
)
"""Kind of evidence → what it says, where the tables below know nothing better."""
_ROUTES: Mapping[str, Text] = MappingProxyType(
    {
        Route.FAST_TRACK: _("We decided to open it at once, because the payment is proven (fast track)."),
        Route.QUEUE: _("We decided that a person approves it first (fast track was off, or the method is not proven)."),
        Route.ELSEWHERE: _("We found that another payment of this order had opened it already."),
    }
)
_OPENED: Mapping[str, Text] = MappingProxyType(
    {
        "transfer": _("We showed the bank's details and a reference to pay this order with."),
        "complimentary": _("Staff began to give it for free."),
        "imported": _("It was brought along from the earlier system."),
    }
)
_FOUND: Mapping[str, Text] = MappingProxyType(
    {
        "staff": _("A person of the staff noted that %(amount)s arrived."),
        "statement": _("The bank's statement says that %(amount)s arrived."),
        "import": _("The earlier system's books say that %(amount)s arrived."),
    }
)


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


def told(heard: Evidence, terms: Payment) -> str:
    """What a piece of evidence says, as a sentence."""
    better: Mapping[Kind, Text | None] = {
        Kind.OPENED: _OPENED.get(terms.gateway),
        Kind.DECIDED: _ROUTES.get(heard.route or Route.QUEUE),
        Kind.RECEIVED: _FOUND.get(heard.source),
    }
    sentence = str(better.get(heard.kind) or _SAYS[heard.kind]) % {
        "gateway": _name(terms.gateway),
        "amount": written(heard.amount_minor or 0, terms.currency),
        "by": heard.by or gettext("Somebody of the staff"),
    }
    if not heard.reason:
        return sentence
    return gettext("%(sentence)s Their reason: %(reason)s") % {"sentence": sentence, "reason": heard.reason}


def written(amount_minor: int, currency: str) -> str:
    """An amount as readers of the active language write it."""
    return Money(amount_minor, currency).display(get_language() or "en")


def _moves(before: Payment, after: Payment) -> Iterable[str]:
    if after.state is not before.state:
        why = TRANSITIONS[before.state].get(after.state)
        yield gettext("The payment went from %(before)s to %(after)s: %(why)s.") % {
            "before": STATES[before.state],
            "after": STATES[after.state],
            "why": gettext(why) if why else gettext("the evidence together says so"),
        }
    if after.access is not before.access:
        yield str(_UNSEEN if after.access is Access.REJECTED and not _came(after.facts) else OPENING[after.access])


def _came(facts: Facts) -> bool:
    """Whether anybody but the customer ever spoke of money."""
    return claimed(facts) or facts.wrong_minor is not None


def _name(gateway: str) -> str:
    return {"ikhokha": "iKhokha", "transfer": gettext("the bank")}.get(gateway, gateway)
