"""Short-lived signed tickets for a live stream, checked without a database."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from functools import cache
from uuid import UUID

import msgspec

from tollkeeper.core import clock
from tollkeeper.core.errors import Refusal
from tollkeeper.core.settings import secret_key

CONNECT_SECONDS = 60
"""How long after its issue a ticket opens a stream."""
REPORT_SECONDS = 3600
"""How long after its issue a ticket may still report what its page showed."""


class BadTicket(Refusal):
    """That ticket is not valid, or no longer."""

    code = "bad_ticket"
    remedy = "Reload the page; it carries a fresh one."
    http_status = 403


class Ticket(msgspec.Struct, frozen=True):
    """Whose changes a stream may tell.

    Args:
        person_id: the signed-in person; None for a guest.
        references: orders made in this browser.
        issued: Unix seconds.
        staff: also hears that the queue of decisions changed; that, and nothing about whom.
    """

    person_id: UUID | None
    references: tuple[str, ...] = ()
    issued: int = 0
    staff: bool = False


def issue(*, person_id: UUID | None, references: tuple[str, ...] = (), staff: bool = False) -> str:
    """A ticket for the address of a live stream."""
    ticket = Ticket(person_id, references[:50], int(clock.now().timestamp()), staff)
    body = base64.urlsafe_b64encode(msgspec.json.encode(ticket)).rstrip(b"=")
    return f"{body.decode()}.{_seal(body)}"


def read(text: str, *, within_seconds: int = CONNECT_SECONDS) -> Ticket:
    """The ticket behind a text from outside.

    Raises:
        BadTicket: not ours, altered, or too old.
    """
    body, _, seal = text.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(body.encode()).encode()):
        raise BadTicket
    ticket = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Ticket)
    age = clock.now().timestamp() - ticket.issued
    if not -timedelta(seconds=30).total_seconds() <= age <= within_seconds:
        raise BadTicket("That ticket is too old.")
    return ticket


@cache
def _key() -> bytes:
    return hmac.digest(secret_key().encode(), b"tollkeeper live ticket", "sha256")


def _seal(body: bytes) -> str:
    return hmac.digest(_key(), body, "sha256").hex()
