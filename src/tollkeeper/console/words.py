"""What staff read for what is stored: one table each, a word and a tone. A colour is never the only sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.payments.ledger.state import Access, PaymentState, Trouble


@dataclass(frozen=True, slots=True)
class Word:
    """How a stored value is told. `tone` is `good`, `wait`, `bad` or `info`."""

    text: str | Promise
    tone: str = "info"


Words = Mapping[str, Word]

STATES: Words = MappingProxyType(
    {
        PaymentState.CREATED: Word(_("No payment page yet")),
        PaymentState.OPEN: Word(_("Not paid"), "wait"),
        PaymentState.ATTEMPT_FAILED: Word(_("Declined"), "bad"),
        PaymentState.CONFIRMING: Word(_("To be confirmed"), "wait"),
        PaymentState.PAID: Word(_("Paid"), "good"),
        PaymentState.QUESTIONED: Word(_("Questioned"), "bad"),
        PaymentState.EXPIRED: Word(_("Expired")),
        PaymentState.CANCELLED: Word(_("Cancelled")),
    }
)
ACCESSES: Words = MappingProxyType(
    {
        Access.NONE: Word(_("None")),
        Access.PENDING: Word(_("Waits for approval"), "wait"),
        Access.OPEN: Word(_("Open"), "good"),
        Access.SUSPENDED: Word(_("Suspended"), "bad"),
        Access.REJECTED: Word(_("Refused"), "bad"),
        Access.ELSEWHERE: Word(_("Opened by another payment"), "wait"),
    }
)
METHODS: Words = MappingProxyType(
    {
        "ikhokha": Word(_("Card, iKhokha")),
        "transfer": Word(_("Bank transfer")),
        "complimentary": Word(_("Given free")),
        "imported": Word(_("Brought over")),
    }
)
TROUBLES: Words = MappingProxyType(
    {
        Trouble.WRONG_AMOUNT: Word(_("Another amount was paid"), "bad"),
        Trouble.CONTRADICTED: Word(_("The gateway contradicts itself"), "bad"),
        Trouble.PAID_TWICE: Word(_("Paid twice"), "bad"),
        Trouble.REFUND_OWED: Word(_("Money is owed back"), "bad"),
        Trouble.UNCONFIRMED: Word(_("Not confirmed for a day"), "wait"),
        Trouble.UNSETTLED: Word(_("A webhook could not be settled"), "bad"),
        Trouble.UNKNOWN_REFERENCE: Word(_("A payment that is not in our books"), "bad"),
        Trouble.ACCESS_UNPAID: Word(_("Access without payment"), "bad"),
    }
)
SUGGESTIONS: Mapping[str, str | Promise] = MappingProxyType(
    {
        Trouble.WRONG_AMOUNT: _("Compare the amount in the gateway's dashboard; then approve, or reject and refund."),
        Trouble.CONTRADICTED: _("Look the payment up in the gateway's dashboard; approve it if it is there."),
        Trouble.PAID_TWICE: _("Refund this payment in the gateway's dashboard; the other one stands."),
        Trouble.REFUND_OWED: _("Refund this payment in the gateway's dashboard."),
        Trouble.UNCONFIRMED: _("Look the payment up in the gateway's dashboard; approve it if it is there."),
        Trouble.UNSETTLED: _("Bring the stored webhook again; if it fails again, ask the gateway."),
        Trouble.UNKNOWN_REFERENCE: _("Find out whose payment it is, and refund it or write to them."),
        Trouble.ACCESS_UNPAID: _("Find out who opened this without payment; approve it, or take it back."),
    }
)
"""Trouble → what to do. What is stored says the same in English; a page says it in the reader's language."""

VERDICTS: Words = MappingProxyType(
    {
        "settled": Word(_("Settled"), "good"),
        "duplicate": Word(_("Repetition")),
        "unsettled": Word(_("Not settled"), "bad"),
        "unknown_payment": Word(_("Unknown payment"), "bad"),
    }
)
MESSAGES: Words = MappingProxyType(
    {
        "waiting": Word(_("Waiting"), "wait"),
        "sending": Word(_("On its way"), "wait"),
        "sent": Word(_("Sent"), "good"),
        "failed": Word(_("Given up"), "bad"),
    }
)
RUNS: Words = MappingProxyType(
    {
        "waiting": Word(_("Waiting"), "wait"),
        "running": Word(_("Running"), "wait"),
        "done": Word(_("Done"), "good"),
        "failed": Word(_("Failed"), "bad"),
    }
)
STAGES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "received": _("The webhook came"),
        "verified": _("Its signature was checked"),
        "committed": _("Payment and access were stored"),
        "answered": _("The gateway was answered"),
        "pushed": _("The customer's screens were told"),
        "shown": _("A screen of the customer showed it"),
    }
)
GRANTS: Words = MappingProxyType(
    {
        "pending": Word(_("Waits for approval"), "wait"),
        "open": Word(_("Open"), "good"),
        "suspended": Word(_("Suspended"), "bad"),
        "rejected": Word(_("Refused"), "bad"),
    }
)
RIGHTS: Words = MappingProxyType(
    {
        "purchase": Word(_("Bought")),
        "complimentary": Word(_("Given free")),
        "imported": Word(_("Brought over")),
    }
)
STANDINGS: Words = MappingProxyType(
    {
        "staff": Word(_("Staff"), "good"),
        "customer": Word(_("Customer")),
        "guest": Word(_("Guest")),
        "off": Word(_("Switched off"), "bad"),
    }
)
TABLES: Mapping[str, Words] = MappingProxyType(
    {
        "state": STATES,
        "access": ACCESSES,
        "method": METHODS,
        "trouble": TROUBLES,
        "verdict": VERDICTS,
        "message": MESSAGES,
        "run": RUNS,
        "grant": GRANTS,
        "right": RIGHTS,
        "standing": STANDINGS,
    }
)


def word(table: str, value: str) -> Word:
    """How a stored value is told; one that nobody gave a word stands for itself."""
    return TABLES[table].get(value) or Word(value.replace("_", " "))
