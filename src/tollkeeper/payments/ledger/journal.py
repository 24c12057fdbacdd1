"""What follows from an intervention: every member of staff gets a mail. Reads the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tollkeeper.accounts.models import Person
from tollkeeper.core.database import Connection, plain_cursor
from tollkeeper.core.journal import Line
from tollkeeper.core.settings import settings
from tollkeeper.messaging.outbox import Message, enqueue
from tollkeeper.payments.ledger.state import Trouble

TROUBLES: Mapping[str, str | Promise] = MappingProxyType(
    {
        Trouble.WRONG_AMOUNT: _("Another amount was paid"),
        Trouble.CONTRADICTED: _("The gateway contradicts itself"),
        Trouble.PAID_TWICE: _("Paid twice"),
        Trouble.REFUND_OWED: _("Money is owed back"),
        Trouble.UNCONFIRMED: _("Not confirmed for a day"),
        Trouble.UNSETTLED: _("A webhook could not be settled"),
        Trouble.UNKNOWN_REFERENCE: _("A payment that is not in our books"),
        Trouble.ACCESS_UNPAID: _("Access without payment"),
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
"""Trouble → what to do. What is stored says the same in English; mails and pages say it in their reader's language."""


def tell_staff(connection: Connection, lines: Sequence[Line]) -> None:
    """Write to each member of staff about each intervention that was opened."""
    opened = [line for line in lines if line.kind == "intervention.opened"]
    if not opened:
        return
    staff = list(Person.objects.filter(is_staff=True, is_active=True).values_list("email", "language"))
    with plain_cursor(connection) as cursor:
        enqueue(cursor, [_mail(line, email, language) for line in opened for email, language in staff])


def _mail(line: Line, email: str, language: str) -> Message:
    data = line.data
    with translation.override(language):
        subject = gettext("Somebody must look: %(trouble)s") % {"trouble": TROUBLES[data["trouble"]]}
        text = gettext("%(suggestion)s\n\nAbout: %(subject)s\nBefore: %(deadline)s\n\nDecide here: %(url)s") % {
            "suggestion": SUGGESTIONS[data["trouble"]],
            "subject": data["subject"],
            "deadline": data["deadline"],
            "url": f"{settings().address}/console/interventions/",
        }
    return Message(
        dedupe_key=f"intervention:{data['id']}:{email}",
        recipient=email,
        subject=subject,
        text=text,
        language=language,
        payment_id=line.payment_id,
    )
