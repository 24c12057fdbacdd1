"""Connections, SQL files, and the role that alone may write money. No framework.

Every statement of the hot path is a file of its own under a room's `sql/` folder; `statements` is the only place that
turns a file into a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, LiteralString
from weakref import WeakSet

import msgspec
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.json import JsonbLoader, JsonLoader, set_json_dumps, set_json_loads

from tollkeeper.core.errors import Fault

TILL = "tollkeeper_till"
"""The role that `settle` takes for its statements. Nothing else may write payments or grants (DESIGN 9, Walls)."""

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]

_TAKE_TILL: LiteralString = (
    "SELECT set_config('role', rolname, %(local)s) FROM pg_roles"
    " WHERE rolname = %(name)s AND pg_has_role(session_user, oid, 'MEMBER')"
)
_held_tills: WeakSet[Connection] = WeakSet()

set_json_dumps(lambda value: msgspec.json.encode(value).decode())
set_json_loads(msgspec.json.decode)


class NotInTransaction(Fault):
    """settle was called outside a transaction; its caller owns the transaction."""

    code = "not_in_transaction"


@cache
def statements(package: str) -> MappingProxyType[str, LiteralString]:
    """The SQL files of a room by name.

    Args:
        package: the room's dotted name, for example `tollkeeper.payments.ledger`; its folder `sql` is read.

    Returns:
        File name without `.sql` → its text.
    """
    folder = resources.files(package) / "sql"
    found = {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    }
    return MappingProxyType(found)


def connect(dsn: str, *, name: str, autocommit: bool = False) -> Connection:
    """A connection of our own, with its process named for whoever looks at `pg_stat_activity`.

    Args:
        dsn: a libpq address.
        name: what the connection is for, for example `intake`.
        autocommit: True for listeners and single statements.

    Raises:
        psycopg.OperationalError: the server cannot be reached.
    """
    return psycopg.connect(
        dsn,
        autocommit=autocommit,
        application_name=f"tollkeeper {name}",
        connect_timeout=5,
        keepalives_idle=10,
        options="-c timezone=UTC",
    )


def plain_cursor(connection: Connection) -> Cursor:
    """A psycopg cursor with psycopg's own adapters, whoever opened the connection.

    Django's connection answers jsonb as text and interpolates on the client (DESIGN 9, settle).
    """
    cursor = psycopg.Cursor(connection)
    cursor.adapters.register_loader("json", JsonLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return cursor


def as_json(rows: Any) -> str:
    """One JSON parameter for a whole batch: list parameters cost twice as much (research/stack.md D)."""
    return msgspec.json.encode(rows).decode()


def demand_transaction(connection: Connection) -> None:
    """Refuse to go on outside a transaction.

    psycopg's `transaction()` as the first statement inside Django's `atomic()` really commits, and Django's TestCase
    hides it (STYLE 3.3), so callers begin and we look.

    Raises:
        NotInTransaction: the connection is idle.
    """
    if connection.info.transaction_status is not TransactionStatus.INTRANS:
        raise NotInTransaction


def hold_till(connection: Connection) -> None:
    """Take the till's role for the whole life of a connection that does nothing else."""
    with plain_cursor(connection) as cursor:
        cursor.execute(_TAKE_TILL, {"name": TILL, "local": False})
    _held_tills.add(connection)


@contextmanager
def till(cursor: Cursor) -> Iterator[None]:
    """Hold the till's role for the statements inside.

    Where a managed database gave only one role there is nothing to take; a check says what that leaves unprotected.
    After an error of the database the transaction's end resets the role; after any other it is reset here.
    """
    if cursor.connection in _held_tills:
        yield
        return
    cursor.execute(_TAKE_TILL, {"name": TILL, "local": True})
    try:
        yield
    finally:
        if cursor.connection.info.transaction_status is TransactionStatus.INTRANS:
            cursor.execute("SELECT set_config('role', 'none', true)")
