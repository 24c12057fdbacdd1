"""Monthly partitions: made six months ahead, dropped whole when their time is over.

A missing partition would stop all settlement, so each table also has a DEFAULT one, and a check looks at both.
"""

from __future__ import annotations

from dataclasses import dataclass

from tollkeeper.core.database import Cursor, statements

SQL = statements("tollkeeper.core")
MONTHS_AHEAD = 6


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table that grows with time.

    Args:
        table: its name.
        keep_days: after how many days a month is dropped whole; None keeps everything.
    """

    table: str
    keep_days: int | None = None


TABLES = (Partitioned("core_journal"), Partitioned("ledger_delivery", keep_days=90))


def ensure_partitions(cursor: Cursor, table: Partitioned) -> int:
    """Make this month's partition and those of the next six months; returns how many were new."""
    cursor.execute(SQL["ensure_partitions"], {"table": table.table, "months": MONTHS_AHEAD})
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def drop_partitions(cursor: Cursor, table: Partitioned) -> int:
    """Drop the months that ended before the table's time to keep; returns how many."""
    if table.keep_days is None:
        return 0
    cursor.execute(SQL["drop_partitions"], {"table": table.table, "keep_days": table.keep_days})
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def months_left(cursor: Cursor, table: Partitioned) -> int:
    """How many months ahead of the database's clock are ready. Under two is an alarm."""
    cursor.execute(SQL["months_left"], {"table": table.table})
    row = cursor.fetchone()
    return int(row[0]) if row else 0
