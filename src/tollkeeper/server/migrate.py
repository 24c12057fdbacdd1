"""Bring the database to this release: migrations, partitions, walls. Run as the owner, never by a serving process."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.db import connection

from tollkeeper.core.database import plain_cursor
from tollkeeper.core.journal import adopt_restored
from tollkeeper.core.orm import raw_transaction
from tollkeeper.core.partitions import TABLES, ensure_partitions
from tollkeeper.server.walls import raise_walls


def migrate() -> list[str]:
    """Apply what is missing. Doing it twice changes nothing.

    Returns:
        Sentences about walls that cannot stand on this database.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    connection.ensure_connection()
    _adopt_restored()
    with raw_transaction() as raw, plain_cursor(raw) as cursor:
        for table in TABLES:
            ensure_partitions(cursor, table)
        return raise_walls(cursor)


def _adopt_restored() -> None:
    """A journal loaded from another cluster's dump carries that cluster's xids; its readers would wait for ever."""
    with raw_transaction() as raw, plain_cursor(raw) as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM core_journal WHERE xid > pg_current_xact_id())")
        foreign = cursor.fetchone() == (True,)
    if foreign:
        adopt_restored(connection.connection)


def main() -> int:
    """`python -m tollkeeper.server.migrate`, as the owner."""
    become_owner()
    django.setup()
    for sentence in migrate():
        sys.stderr.write(f"{sentence}\n")
    return 0


def become_owner() -> None:
    """Point Django at the owner's address, before its settings are read."""
    owner = os.environ.get("TOLLKEEPER_OWNER_DATABASE_URL")
    if owner:
        os.environ["TOLLKEEPER_DATABASE_URL"] = owner
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")


if __name__ == "__main__":
    sys.exit(main())
