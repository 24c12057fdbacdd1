"""What staff read for what is stored: one table each, a word and a tone. A colour is never the only sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.journal import TROUBLES as LOOKED_AT
from tollkeeper.payments.ledger.state import Access, Kind, PaymentState, Trouble


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
        PaymentState.DISPUTED: Word(_("Disputed"), "bad"),
        PaymentState.REFUNDED: Word(_("Refunded")),
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
        Access.REVOKED: Word(_("Closed again")),
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
_GRAVE = frozenset(Trouble) - {Trouble.UNCONFIRMED, Trouble.REFUND_TO_SEND}
TROUBLES: Words = MappingProxyType(
    {trouble: Word(text, "bad" if trouble in _GRAVE else "wait") for trouble, text in LOOKED_AT.items()}
)
REFUSALS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "already_decided": _("Somebody has decided this already. The page shows what was decided."),
        "already_open": _("They have this course open already. Nothing need be given."),
        "already_paid": _("This order is paid already; nothing more is needed."),
        "bad_money": _("Write an amount as 499.00, with no more decimals than the currency has."),
        "bad_reference": _("That reference has a typing mistake in it. Copy it again from the receipt."),
        "no_such_intervention": _("This is closed already."),
        "no_such_order": _("There is no such payment."),
        "no_such_proof_of_payment": _("There is no such proof of payment."),
        "no_such_record": _("There is no such record, or it is no longer kept."),
        "not_a_transfer": _("A proof can only be handed in for a bank transfer."),
        "not_now": _("That is switched off at the moment."),
        "not_replayable": _("This webhook cannot be brought again. Ask the gateway about the payment instead."),
        "not_your_course": _("This course is not open for you."),
        "not_yourself": _("Nobody takes away their own way in. Ask a colleague to do it."),
        "nothing_open": _("They have no open course that a mail could lead to."),
        "nothing_to_decide": _("This payment does not wait for a decision: it changed in the meantime."),
        "payment_in_use": _("Somebody else is working on this payment at this moment. Try again in a second."),
        "proof_arrived": _("The customer has handed in another proof in the meantime. Look at it, then decide."),
        "reason_needed": _("Write the reason in one sentence; the customer and your colleagues will read it."),
        "dispute_is_known": _("A dispute of that number is noted already."),
        "dispute_is_over": _("This dispute is decided already."),
        "no_such_dispute": _("This payment has no dispute of that number."),
        "no_such_refund": _("This payment has no refund of that number."),
        "nothing_to_refund": _("Nothing of this payment can be refunded: nothing came, or all of it is on its way."),
        "refund_too_large": _("That is more than can be refunded."),
        "refund_is_over": _("Somebody has said already what became of this refund."),
        "too_much_to_look_at": _("That took too long. A date, a reference or an e-mail address finds at once."),
    }
)
"""Code of a refusal that the office's acts may meet → the sentence for the reader. Others bring a translated one."""

VERDICTS: Words = MappingProxyType(
    {
        "settled": Word(_("Settled"), "good"),
        "duplicate": Word(_("Repetition")),
        "unsettled": Word(_("Not settled"), "bad"),
        "unknown_payment": Word(_("Unknown payment"), "bad"),
        "held": Word(_("Somebody holds the payment"), "wait"),
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
        "revoked": Word(_("Closed again")),
    }
)
RIGHTS: Words = MappingProxyType(
    {
        "purchase": Word(_("Bought")),
        "complimentary": Word(_("Given free")),
        "imported": Word(_("Brought over")),
    }
)
WAYS: Words = MappingProxyType(
    {
        "asked": Word(_("On its way"), "wait"),
        "back": Word(_("Went back")),
        "stays": Word(_("Stays here")),
    }
)
DISPUTES: Words = MappingProxyType(
    {
        "asked": Word(_("Disputed"), "bad"),
        "back": Word(_("Dispute lost"), "bad"),
        "stays": Word(_("Dispute won"), "good"),
    }
)
CLOSINGS: Mapping[str, str | Promise] = MappingProxyType(
    {
        Kind.APPROVED: _("Approved: %(reason)s"),
        Kind.REJECTED: _("Rejected: %(reason)s"),
        Kind.REFUNDED: _("Refund sent: %(reason)s"),
        Kind.REFUND_FAILED: _("Refund not sent: %(reason)s"),
        Kind.DISPUTE_WON: _("Dispute won: %(reason)s"),
        Kind.DISPUTE_LOST: _("Dispute lost: %(reason)s"),
    }
)
"""Kind of the act that closed an intervention → how it is told."""
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
        "way": WAYS,
        "dispute": DISPUTES,
        "standing": STANDINGS,
    }
)


def why_not(refusal: Refusal) -> str:
    """A refusal as the reader's language has it; its own sentence where there is no other."""
    return str(REFUSALS.get(refusal.code, refusal.sentence))


def closing(act: str) -> str:
    """What closed an intervention: what a person wrote, or the act that the ledger noted as `<kind>: <reason>`."""
    kind, _colon, reason = act.partition(": ")
    known = CLOSINGS.get(kind)
    return str(known) % {"reason": reason} if known else act


def word(table: str, value: str) -> Word:
    """How a stored value is told; one that nobody gave a word stands for itself."""
    return TABLES[table].get(value) or Word(value.replace("_", " "))
