"""Delivery: takes what is due from the outbox, sends it, and writes down the proof. No framework.

Between sending and writing down, a process can die, and no order of the two avoids that. So a message is leased first;
a lease that ran out, or a server that did not answer, makes the next attempt say that it may be a repeat. The result:
never zero times, and never a second time without saying so.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tollkeeper.core.database import Connection, statements
from tollkeeper.core.settings import settings
from tollkeeper.messaging.errors import NotSent, Unanswered, Undeliverable
from tollkeeper.messaging.letters import Letter
from tollkeeper.messaging.transports import Transport, transport_for

SQL = statements("tollkeeper.messaging")
LEASE_SECONDS = 180
"""How long one attempt may take before somebody else may try."""

LAST_ATTEMPT = 40
"""Then the message is given up: with the waits below that is about thirty hours of trying."""

_FIRST_WAIT_SECONDS = 5
_LONGEST_WAIT_SECONDS = 3600

Lease = Callable[[Connection], Letter | None]
_log = structlog.get_logger(__name__)


def deliver_due(
    connection: Connection, *, limit: int = 20, transport: Transport | None = None, lease: Lease | None = None
) -> int:
    """Send what is due, oldest first.

    Any number of processes may call this at once: each message is leased by one of them.

    Args:
        connection: idle; this function begins and commits, once before and once after each message.
        limit: how many messages at most.
        transport: how to send; the one that the settings name when left out.
        lease: takes the next message; `lease_next` when left out.

    Returns:
        How many messages were tried, whatever came of it. Less than `limit` means that nothing more is due.

    Raises:
        Misconfigured: the settings name no transport.
    """
    take = lease or lease_next
    sending = transport or transport_for(settings().email_url.get_secret_value(), sender=settings().email_from)
    tried = 0
    try:
        while tried < limit and (letter := take(connection)) is not None:
            _deliver(connection, letter, sending)
            tried += 1
    finally:
        sending.close()
    return tried


def lease_next(connection: Connection, *, seconds: int = LEASE_SECONDS) -> Letter | None:
    """Take the oldest message that is due, so that nobody else sends it meanwhile; None when nothing is due.

    One at a time: of a batch that dies half way, messages that were never tried would be marked as repeats.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["lease_message"], {"seconds": seconds})
        row = cursor.fetchone()
    return Letter(*row) if row else None


def wait_seconds(attempt: int) -> int:
    """How long to wait after that attempt failed: doubling from five seconds to an hour."""
    return int(min(_FIRST_WAIT_SECONDS * 2 ** min(attempt - 1, 12), _LONGEST_WAIT_SECONDS))


def _deliver(connection: Connection, letter: Letter, transport: Transport) -> None:
    try:
        answer = transport.send(letter)
    except Undeliverable as error:
        _record(connection, "record_failed", letter, error.sentence)
    except (NotSent, Unanswered) as error:
        ambiguous = isinstance(error, Unanswered)
        if letter.attempt >= LAST_ATTEMPT:
            _record(connection, "record_failed", letter, error.sentence)
        else:
            _record_retry(connection, letter, error.sentence, ambiguous=ambiguous)
    else:
        _record(connection, "record_sent", letter, answer)


def _record(connection: Connection, outcome: str, letter: Letter, answer: str) -> None:
    parameters = {"id": letter.id, "attempt": letter.attempt, "answer": answer}
    _write(connection, outcome, letter, parameters)


def _record_retry(connection: Connection, letter: Letter, answer: str, *, ambiguous: bool) -> None:
    seconds = wait_seconds(letter.attempt)
    parameters = {"id": letter.id, "attempt": letter.attempt, "answer": answer}
    _write(connection, "record_retry", letter, parameters | {"ambiguous": ambiguous, "seconds": seconds})


def _write(connection: Connection, outcome: str, letter: Letter, parameters: dict[str, object]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL[outcome], parameters)
        recorded = cursor.rowcount == 1
    event = outcome if recorded else "lease_lost"
    _log.info(f"messaging.{event}", message_id=str(letter.id), attempt=letter.attempt, repeat=letter.possible_repeat)
