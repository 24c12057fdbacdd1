"""What happened, written once in the transaction that made it true; everything that watches reads it with a cursor.

The cursor is the pair (xid, id). An id alone skips for ever a row whose transaction took its id early and committed
late; the pair, read below the snapshot's horizon, cannot (DESIGN 9, Journal).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tollkeeper.core.database import Connection, Cursor, as_json, statements

SQL = statements("tollkeeper.core")
HINT_CHANNEL = "tollkeeper_journal"
"""NOTIFY on it says look now. Never inside a settling transaction: it holds a database-wide lock until the fsync."""


class Event(msgspec.Struct, frozen=True):
    """A fact to publish.

    Args:
        kind: dotted, past tense: `payment.settled`.
        payment_id, person_id: whom it concerns, if anybody.
        data: whatever a reader needs: what becomes a JSON object; no secrets.
    """

    kind: str
    payment_id: UUID | None = None
    person_id: UUID | None = None
    data: dict[str, Any] | msgspec.Struct | None = None


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the journal, ordered as a pair. Also the event id of live streams, written `xid-id`."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"


@dataclass(frozen=True, slots=True)
class Line:
    """A journal line as read back."""

    position: Position
    at: datetime
    kind: str
    payment_id: UUID | None
    person_id: UUID | None
    data: dict[str, Any]


Effect = Callable[[Connection, Sequence[Line]], None]


def publish(cursor: Cursor, events: Sequence[Event]) -> None:
    """Write events in the caller's transaction, one statement for all of them."""
    if events:
        cursor.execute(SQL["insert_journal"], {"events": as_json(events)})


def read(cursor: Cursor, *, after: Position, limit: int = 1000) -> list[Line]:
    """The lines after a position that no open transaction can still precede, in order."""
    cursor.execute(SQL["read_journal"], {"xid": str(after.xid), "id": after.id, "limit": limit})
    return [_line(row) for row in cursor.fetchall()]


def consume(connection: Connection, name: str, effect: Effect, *, limit: int = 1000) -> int:
    """Feed one batch to a consumer and move its cursor in the same transaction, so that the effect happens once.

    The consumer's row stays locked until then; a second process finds it locked and does nothing.

    Args:
        connection: idle; this function commits or rolls back.
        name: the consumer's name; its cursor starts at the journal's beginning.
        effect: writes through the connection it is given and neither commits nor rolls back.
        limit: lines per batch.

    Returns:
        How many lines were consumed; 0 when there are none, or when another process holds the consumer.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["lock_consumer"], {"name": name})
        row = cursor.fetchone()
        if row is None:
            return 0
        lines = read(cursor, after=Position(int(row[0]), row[1]), limit=limit)
        if lines:
            effect(connection, lines)
            last = lines[-1].position
            cursor.execute(SQL["move_consumer"], {"name": name, "xid": str(last.xid), "id": last.id})
        return len(lines)


def enrol_consumer(connection: Connection, name: str) -> None:
    """Make a consumer's cursor if it is new. It will read the journal from the start."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["enrol_consumer"], {"name": name})


def adopt_restored(connection: Connection) -> int:
    """Make a journal that was loaded from another cluster's dump readable here.

    Its xids belong to the other cluster. Above this cluster's they would hide every line from every consumer, silently
    (DESIGN 9, Journal). Order and cursors are kept.

    Returns:
        How many lines were rewritten.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["adopt_restored"])
        row = cursor.fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Horizon:
    """What keeps consumers from reading on: the oldest open write transaction of the cluster.

    Args:
        seconds: its age; None where PostgreSQL hides another role's times from us.
        pid, application, database: whose it is; None when nothing holds the horizon.
    """

    seconds: float | None
    pid: int | None
    application: str | None
    database: str | None


def horizon(cursor: Cursor) -> Horizon:
    """Who holds the horizon, and for how long."""
    cursor.execute(SQL["horizon"])
    row = cursor.fetchone()
    return Horizon(*row) if row else Horizon(0.0, None, None, None)


def _line(row: tuple[Any, ...]) -> Line:
    xid, number, at, kind, payment_id, person_id, data = row
    return Line(Position(int(xid), number), at, kind, payment_id, person_id, data or {})
