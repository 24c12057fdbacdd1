"""Runs by name: a room asks for work that a room above it knows how to do.

This is the socket. Steps, undo and evidence are built on the same table by `operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tollkeeper.core.database import Connection, Cursor, as_json, statements
from tollkeeper.core.ids import new_id
from tollkeeper.core.registry import Socket

SQL = statements("tollkeeper.core")

Work = Callable[[Connection, dict[str, Any]], dict[str, Any]]
"""Does the run on an idle connection and returns what to keep as its outcome. Safe to give twice."""

works: Socket[Work] = Socket("run")


def start(cursor: Cursor, name: str, *, by: str, **arguments: object) -> UUID:
    """Ask for a run in the caller's transaction; a worker takes it after the commit.

    Raises:
        Unregistered: no room offers a run of that name.
    """
    works.get(name)
    run_id = new_id()
    cursor.execute(SQL["insert_run"], {"id": run_id, "name": name, "by": by, "arguments": as_json(arguments)})
    return run_id


def begin(cursor: Cursor, name: str, *, by: str, **arguments: object) -> UUID:
    """Begin a run that this process does itself, in the caller's transaction.

    It says `keep` within every ten minutes and `finish` at the end; should it die, a worker takes the run up.

    Raises:
        Unregistered: no room offers a run of that name.
    """
    works.get(name)
    run_id = new_id()
    cursor.execute(SQL["insert_own_run"], {"id": run_id, "name": name, "by": by, "arguments": as_json(arguments)})
    return run_id


def keep(cursor: Cursor, run_id: UUID) -> None:
    """Keep a run that this process does from being taken by a worker."""
    cursor.execute(SQL["keep_run"], {"id": run_id})


def finish(cursor: Cursor, run_id: UUID, *, state: str, outcome: dict[str, Any]) -> None:
    """End a run that this process did.

    Args:
        state: `done` or `failed`.
        outcome: what to keep of it.
    """
    cursor.execute(SQL["finish_run"], {"id": run_id, "state": state, "outcome": as_json(outcome)})


def perform_next(connection: Connection) -> bool:
    """Do one waiting run, if there is one. A run whose worker died is taken again after its lease.

    Returns:
        Whether a run was found.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["take_run"])
        row = cursor.fetchone()
    if row is None:
        return False
    run_id, name, arguments = row
    try:
        outcome, state = works.get(name)(connection, arguments), "done"
    except Exception as error:  # noqa: BLE001  a run that fails is recorded, whatever it was; the loop goes on
        connection.rollback()
        outcome, state = {"error": f"{type(error).__name__}: {error}"}, "failed"
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["finish_run"], {"id": run_id, "state": state, "outcome": as_json(outcome)})
    return True
