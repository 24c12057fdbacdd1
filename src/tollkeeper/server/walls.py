"""The third wall round the money: what each database role may touch (DESIGN 9, Walls).

Applied after every migration, from what the rooms' apps declare, so that a new table is never open by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from django.apps import apps
from psycopg import sql

from tollkeeper.core.database import TILL, Cursor

APP = "tollkeeper_app"
REPORT = "tollkeeper_report"
APPEND_ONLY = ("core_audit", "core_journal", "transfers_proof")
TILL_ALSO_WRITES = ("core_journal", "core_flag", "core_audit", "ledger_poll", "ledger_delivery")
"""Tables that settle and the checkout write besides, and that pages may write too."""


def raise_walls(cursor: Cursor) -> list[str]:
    """Grant each role what it needs and nothing more. Doing it twice changes nothing.

    Args:
        cursor: the owner's, in a transaction.

    Returns:
        A sentence for each wall that cannot stand here, because the database has one role only.
    """
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s, %s)", (APP, TILL, REPORT))
    missing = {APP, TILL, REPORT} - {row[0] for row in cursor.fetchall()}
    if missing:
        return [f"The role {role} does not exist: its tables are guarded by code alone." for role in sorted(missing)]
    _run(cursor, "GRANT USAGE ON SCHEMA public TO {}, {}", APP, TILL)
    _run(cursor, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}", APP)
    _run(cursor, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}, {}", APP, TILL)
    _run(cursor, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", TILL)
    for table in TILL_ALSO_WRITES:
        _run(cursor, "GRANT INSERT ON {} TO {}", table, TILL)
    for table in ("core_flag", "ledger_poll"):
        _run(cursor, "GRANT UPDATE ON {} TO {}", table, TILL)
    for table in till_tables():
        _run(cursor, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}", table, APP)
        _run(cursor, "GRANT INSERT, UPDATE ON {} TO {}", table, TILL)
    for table in APPEND_ONLY:
        _run(cursor, "REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}", table, APP)
    for part in _partitions(cursor):
        _run(cursor, "REVOKE ALL ON {} FROM {}, {}", part, APP, TILL)
    return []


def till_tables() -> Iterable[str]:
    """The tables that only the till writes, as the rooms' apps declare them."""
    for config in apps.get_app_configs():
        yield from getattr(config, "till_tables", ())


def _partitions(cursor: Cursor) -> list[str]:
    """Every partition. Rows go in and out by the parent, whose rights decide; a right on the part would pass it by."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return [row[0] for row in cursor.fetchall()]


def _run(cursor: Cursor, statement: LiteralString, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
