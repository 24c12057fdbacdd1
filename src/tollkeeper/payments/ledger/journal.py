"""What follows from the ledger, read from the journal: staff hear of interventions, payers of money that goes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tollkeeper.accounts.models import Person
from tollkeeper.core.database import Connection, Cursor, plain_cursor, statements
from tollkeeper.core.journal import Line
from tollkeeper.core.money import Money
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
        Trouble.REFUND_TO_SEND: _("A refund is to be sent"),
        Trouble.REFUND_FAILED: _("A refund came back"),
        Trouble.REFUNDED_TOO_MUCH: _("More went back than came"),
        Trouble.DISPUTED: _("The payer's bank asks for the money back"),
    }
)
SUGGESTIONS: Mapping[str, str | Promise] = MappingProxyType(
    {
        Trouble.WRONG_AMOUNT: _("Compare the amount in the gateway's dashboard; then approve, or reject and refund."),
        Trouble.CONTRADICTED: _("Look the payment up in the gateway's dashboard; approve it if it is there."),
        Trouble.PAID_TWICE: _("Note the refund of this payment on its page, then send it; the other one stands."),
        Trouble.REFUND_OWED: _("Note the refund on the payment's page, then send it."),
        Trouble.UNCONFIRMED: _("Look the payment up in the gateway's dashboard; approve it if it is there."),
        Trouble.UNSETTLED: _("Bring the stored webhook again; if it fails again, ask the gateway."),
        Trouble.UNKNOWN_REFERENCE: _("Find out whose payment it is, and refund it or write to them."),
        Trouble.ACCESS_UNPAID: _("Find out who opened this without payment; approve it, or take it back."),
        Trouble.REFUND_TO_SEND: _("Send the money in the gateway's dashboard or from the bank; then say so."),
        Trouble.REFUND_FAILED: _("The money came back to us. Find out why, and send it another way."),
        Trouble.REFUNDED_TOO_MUCH: _("More was refunded than was paid. Find out who refunded it twice."),
        Trouble.DISPUTED: _("Answer the bank before its deadline; then say on the payment how it ended."),
    }
)
"""Trouble → what to do. What is stored says the same in English; mails and pages say it in their reader's language."""

SQL = statements("tollkeeper.payments.ledger")
_TO_PAYERS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "refund.sent": (
        _("We sent %(amount)s back to you"),
        _("We sent %(amount)s back to you for %(title)s. Your bank may take some days to show it."),
    ),
    "refund.failed": (
        _("Your refund of %(amount)s came back to us"),
        _("What we sent back to you for %(title)s, %(amount)s, came back to us. We look for another way to send it."),
    ),
    "dispute.opened": (
        _("Your bank asks for your payment back"),
        _(
            "Your bank told us that you dispute your payment of %(amount)s for %(title)s. Until the bank has decided,"
            " what you bought is closed. If this is a mistake, tell your bank, and write to us."
        ),
    ),
    "dispute.lost": (
        _("Your bank gave your payment back to you"),
        _("Your bank decided that %(amount)s for %(title)s is given back to you."),
    ),
    "dispute.won": (
        _("Your payment stands"),
        _("Your bank decided that your payment of %(amount)s for %(title)s stays with us."),
    ),
}


def addressees(cursor: Cursor, payment_ids: Iterable[UUID | None]) -> dict[UUID | None, tuple[str, str, str]]:
    """Payment → e-mail address of its person, title of what was bought, and the language to write in."""
    cursor.execute(SQL["read_addressees"], {"ids": [str(payment_id) for payment_id in payment_ids]})
    return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def tell_payers(connection: Connection, lines: Sequence[Line]) -> None:
    """Write to whoever paid about each step that their money made on its way back."""
    told = [line for line in lines if line.kind in _TO_PAYERS and _concerns_payer(line)]
    if not told:
        return
    with plain_cursor(connection) as cursor:
        payers = addressees(cursor, {line.payment_id for line in told})
        enqueue(cursor, [_to_payer(line, *payers[line.payment_id]) for line in told if line.payment_id in payers])


def _concerns_payer(line: Line) -> bool:
    """A refund that we decided not to send was never theirs to hear of."""
    return line.kind != "refund.failed" or bool(line.data["sent"])


def _to_payer(line: Line, email: str, title: str, language: str) -> Message:
    subject, text = _TO_PAYERS[line.kind]
    with translation.override(language):
        said = {
            "amount": Money(line.data["amount_minor"], line.data["currency"]).display(language),
            "title": title,
        }
        parts = [str(text) % said]
        if line.data["closed"] and line.kind in {"refund.sent", "dispute.lost"}:
            parts.append(gettext("What you bought is closed now."))
        url = f"{settings().address}/orders/{line.data['reference']}/"
        parts.append(gettext("See how it stands: %(url)s") % {"url": url})
        return Message(
            dedupe_key=f"{line.kind}:{line.payment_id}:{line.data['number']}",
            recipient=email,
            subject=str(subject) % said,
            text="\n\n".join(parts),
            language=language,
            payment_id=line.payment_id,
        )


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
