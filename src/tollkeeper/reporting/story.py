"""Why a payment opened something, or did not: its evidence replayed, in sentences for reading aloud.

Sentences are in the language that is active when they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.payments.ledger.queries import evidence_of
from tollkeeper.payments.ledger.state import Access, PaymentState
from tollkeeper.reporting.replay import Step, agrees, replay, written

Text = str | Promise

_NOT_OPEN: Mapping[PaymentState, Text] = {
    PaymentState.CREATED: _("no page to pay on came from the gateway yet"),
    PaymentState.OPEN: _("it has not been paid; the payment page still waits"),
    PaymentState.ATTEMPT_FAILED: _("the bank declined, and it has not been tried again; the payment page still works"),
    PaymentState.CONFIRMING: _("the gateway says it was paid, and we wait for its own records to agree"),
    PaymentState.EXPIRED: _("it was never paid, and we stopped waiting; paying now still counts"),
    PaymentState.CANCELLED: _("the customer cancelled it"),
    PaymentState.QUESTIONED: _("the gateway gave two different answers, and a person must look"),
    PaymentState.DISPUTED: _("the payer's bank asks for the money back, and nothing is decided yet"),
    PaymentState.REFUNDED: _("the money went back"),
    PaymentState.PAID: _("it is paid, but no access was decided: run `tollkeeper payment prove --repair`"),
}
_ACCESS: Mapping[Access, Text] = {
    Access.PENDING: _("it is paid and waits for approval by staff"),
    Access.SUSPENDED: _("the gateway contradicted itself, so it is closed until a person has looked"),
    Access.REJECTED: _("staff rejected it, and the money is owed back"),
    Access.ELSEWHERE: _("another payment opened the same order, and this money is owed back"),
    Access.REVOKED: _("the money went back, and the access with it"),
}
_BACK = frozenset({PaymentState.DISPUTED, PaymentState.REFUNDED})
"""Where the money says more than the access."""
_TRANSFER: Mapping[tuple[PaymentState, Access], Text] = {
    (PaymentState.OPEN, Access.NONE): _("the transfer has not been seen, and no proof of it was handed in"),
    (PaymentState.CONFIRMING, Access.PENDING): _("a proof of the transfer was handed in and waits for staff"),
    (PaymentState.CONFIRMING, Access.REJECTED): _("staff did not accept the proof of the transfer"),
    (PaymentState.CONFIRMING, Access.ELSEWHERE): _("another payment opened the same order, and no transfer was seen"),
}
_BECAUSE: Mapping[str, Text] = {
    "complimentary": _("%(title)s is open, because %(order)s was given by staff."),
    "imported": _("%(title)s is open, because %(order)s was brought along from the earlier system."),
}


@dataclass(frozen=True, slots=True)
class Story:
    """A payment's story.

    Args:
        payment: its row.
        title: what was bought.
        steps: the evidence and what it did.
        true_to_books: whether the replay ends where the books stand.
        grant: state, route and time of the grant; None where there is none.
    """

    payment: Any
    title: str
    steps: tuple[Step, ...]
    true_to_books: bool
    grant: dict[str, Any] | None

    @property
    def opens(self) -> bool:
        """Whether this payment holds the course open."""
        return self.grant is not None and self.grant["state"] == "open"

    @property
    def answer(self) -> str:
        """Why, in one sentence."""
        payment = self.payment
        values = {
            "title": self.title,
            "order": gettext("order %(reference)s of %(moment)s (%(amount)s)")
            % {
                "reference": payment.reference,
                "moment": moment(payment.created_at),
                "amount": written(payment.amount_minor, payment.currency),
            },
        }
        if self.opens:
            because = _BECAUSE.get(payment.gateway, _("%(title)s is open, because %(order)s is paid."))
            return str(because) % values
        state, access = PaymentState(payment.state), Access(payment.access)
        if access is Access.OPEN:
            missing = _(
                "%(title)s should be open by %(order)s, but its grant is missing: run `tollkeeper payment prove"
                " --repair`."
            )
            return str(missing) % values
        transfer = _TRANSFER.get((state, access)) if payment.gateway == "transfer" else None
        values["why"] = str(transfer or (state not in _BACK and _ACCESS.get(access)) or _NOT_OPEN[state])
        return gettext("%(title)s is not open by %(order)s: %(why)s.") % values


def moment(at: datetime, *, exactly: bool = False) -> str:
    """A time as the shop's people read it, in the shop's zone."""
    here = at.astimezone(ZoneInfo(settings().time_zone))
    return here.strftime("%H:%M:%S.%f")[:-3] if exactly else here.strftime("%Y-%m-%d %H:%M:%S")


def story_of(payment: Any, evidence: Sequence[dict[str, Any]] | None = None) -> Story:
    """A payment's story.

    Args:
        payment: its row, with its order.
        evidence: as stored, if it has been read already.
    """
    terms = payment.as_seen_by_reducer()
    replayed, steps = replay(terms, evidence_of(payment.id) if evidence is None else evidence)
    title = ", ".join(line.title for line in payment.order.lines.all())
    grant = Grant.objects.filter(payment_id=payment.id).values("state", "route", "granted_at", "changed_at").first()
    return Story(payment, title, tuple(steps), agrees(terms, replayed), dict(grant) if grant else None)


def gifts_of(person_id: UUID) -> list[Grant]:
    """A person's access that no payment stands behind: given by staff, or brought from elsewhere."""
    return list(Grant.objects.filter(person_id=person_id, payment=None))
