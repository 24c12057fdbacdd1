"""What follows from access: the record of fast-track approvals, and the customer's mail. Both read the journal."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from tollkeeper.core.database import Connection, as_json, plain_cursor, statements
from tollkeeper.core.journal import Line
from tollkeeper.core.money import Money
from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.services import notice_paid_twice, prove_and_repair
from tollkeeper.messaging.outbox import Message, enqueue
from tollkeeper.payments.ledger.journal import addressees

SQL = statements("tollkeeper.fulfilment.enrolments")
IMPORT = "import"
"""The source of evidence that an earlier system left behind."""
_PROVEN = ("payment.", "access.")

log = structlog.get_logger("payment")


def record_fast_tracks(connection: Connection, lines: Sequence[Line]) -> None:
    """Keep, under the name operators know, what was opened without a person and what was checked (SPEC D1, H1)."""
    rows = [
        {
            "timestamp": line.at,
            "payment_id": line.payment_id,
            "person_id": line.person_id,
            "reference": line.data["reference"],
            "gateway": line.data["gateway"],
            "amount_minor": line.data["amount_minor"],
            "currency": line.data["currency"],
            "checks": {name: line.data[name] for name in ("proof", "sources", "state")},
        }
        for line in lines
        if line.kind == "access.open" and line.data["route"] == "fast_track"
    ]
    if not rows:
        return
    with plain_cursor(connection) as cursor:
        cursor.execute("SELECT to_regclass('fast_track_approvals') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute(SQL["insert_fast_tracks"], {"approvals": as_json(rows)})


def tell_customers(connection: Connection, lines: Sequence[Line]) -> None:
    """Write to each customer whose access opened, waits, was suspended or was refused; nobody hears of an import."""
    news = {line.payment_id: line for line in lines if line.kind in _MAILS and _is_news(line)}
    if not news:
        return
    with plain_cursor(connection) as cursor:
        payers = addressees(cursor, news)
        enqueue(cursor, [_mail(news[payment_id], *payer) for payment_id, payer in payers.items()])


def _is_news(line: Line) -> bool:
    """Nobody hears of an import; of money that goes back, or comes back, the ledger tells."""
    returning = line.data["state"] == "disputed" or "again" in line.data
    return IMPORT not in line.data["sources"] and not returning


def _opened(title: str, line: Line, paid: str) -> tuple[str, str]:
    if line.data["amount_minor"] == 0:
        return (
            _("Your course is open: %(title)s") % {"title": title},
            _("You have been given %(title)s for free, and it is open.\n\nBegin here: %(url)s")
            % {"title": title, "url": _order_url(line)},
        )
    return (
        _("Your course is open: %(title)s") % {"title": title},
        _("Thank you. We received %(paid)s for %(title)s, and the course is open.\n\nContinue here: %(url)s")
        % {"paid": paid, "title": title, "url": _order_url(line)},
    )


def _pending(title: str, line: Line, paid: str) -> tuple[str, str]:
    if line.data["state"] == "confirming":
        return (
            _("We received your proof of payment for %(title)s") % {"title": title},
            _(
                "A person looks for your transfer of %(paid)s in our bank account, and then the course opens.\n\n"
                "See how it stands: %(url)s"
            )
            % {"paid": paid, "url": _order_url(line)},
        )
    return (
        _("We received your payment for %(title)s") % {"title": title},
        _("We received %(paid)s. A person checks it now, and then the course opens.\n\nSee how it stands: %(url)s")
        % {"paid": paid, "url": _order_url(line)},
    )


def _suspended(title: str, line: Line, paid: str) -> tuple[str, str]:
    return (
        _("We must look at your payment for %(title)s") % {"title": title},
        _(
            "The payment provider gave us two different answers about your payment of %(paid)s, so the course is closed"
            " until a person has looked. You need to do nothing.\n\nSee how it stands: %(url)s"
        )
        % {"paid": paid, "url": _order_url(line)},
    )


def _rejected(title: str, line: Line, paid: str) -> tuple[str, str]:
    if line.data["state"] == "confirming" and line.data["gateway"] == "transfer":
        return (
            _("We could not accept your proof of payment for %(title)s") % {"title": title},
            _(
                "We did not find your transfer of %(paid)s with the proof you sent. You can hand in another proof or"
                " pay by card.\n\nSee why, and go on: %(url)s"
            )
            % {"paid": paid, "url": _order_url(line)},
        )
    return (
        _("Your payment for %(title)s was not accepted") % {"title": title},
        _("We could not accept your payment of %(paid)s and will pay it back.\n\nSee how it stands: %(url)s")
        % {"paid": paid, "url": _order_url(line)},
    )


_MAILS = {
    "access.open": _opened,
    "access.pending": _pending,
    "access.suspended": _suspended,
    "access.rejected": _rejected,
}


def _mail(line: Line, email: str, title: str, language: str) -> Message:
    with translation.override(language):
        paid = Money(line.data["amount_minor"], line.data["currency"]).display(language)
        subject, text = _MAILS[line.kind](title, line, paid)
    return Message(
        dedupe_key=f"{line.kind}:{line.payment_id}:{line.position}",
        recipient=email,
        subject=subject,
        text=text,
        language=language,
        payment_id=line.payment_id,
    )


def _order_url(line: Line) -> str:
    return f"{settings().address}/orders/{line.data['reference']}/"


def prove_what_changed(connection: Connection, lines: Sequence[Line]) -> None:
    """The standing proof over the payments that just changed (DESIGN 9)."""
    changed = sorted({line.payment_id for line in lines if line.payment_id and line.kind.startswith(_PROVEN)})
    if not changed:
        return
    found = prove_and_repair(connection, changed)
    if not found.holds:
        log.error("proof.broken", missing=[str(i) for i in found.missing], unpaid=[str(i) for i in found.unpaid])
    with plain_cursor(connection) as cursor:
        notice_paid_twice(cursor, changed)
