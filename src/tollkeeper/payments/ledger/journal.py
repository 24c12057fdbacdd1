"""What follows from an intervention: every member of staff gets a mail. Reads the journal."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from tollkeeper.accounts.models import Person
from tollkeeper.core.database import Connection, plain_cursor
from tollkeeper.core.journal import Line
from tollkeeper.core.settings import settings
from tollkeeper.messaging.outbox import Message, enqueue


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
        subject = _("Somebody must look: %(trouble)s") % {"trouble": data["trouble"].replace("_", " ")}
        text = _("%(suggestion)s\n\nAbout: %(subject)s\nBefore: %(deadline)s\n\nDecide here: %(url)s") % {
            "suggestion": data["suggestion"],
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
