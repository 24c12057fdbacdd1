"""Empties what a test wrote to.

TRUNCATE of every table costs more than most tests, and most tests write to three. So what holds rows is found in one
query and its rows are deleted; deleted rows leave their room behind, and where that has grown, all is truncated.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

GROWN_BYTES = 1024 * 1024
_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public'
    AND tablename NOT LIKE 'procrastinate%%' AND tablename !~ '_(20[0-9]{2}_[0-9]{2}|default)$'
    AND tablename NOT IN ('django_migrations', 'core_switch', 'django_content_type', 'auth_permission')
"""
_SEQUENCES = """
    SELECT depends.objid FROM pg_depend AS depends JOIN pg_sequence AS sequence ON sequence.seqrelid = depends.objid
    WHERE depends.refobjid = ANY (%s::regclass[])
"""
_RESTART = """
    SELECT setval(seqrelid, seqstart, false) FROM pg_sequence
    WHERE seqrelid = ANY (%s) AND pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_GROWN = """
    SELECT bool_or(pg_relation_size(oid) > %s) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'procrastinate%%'
"""
_SWITCH = """
    UPDATE core_switch SET site = 'normal', payments = 'open', access = 'normal', write = 'normal', version = 0
    WHERE (site, payments, access, write, version) IS DISTINCT FROM ('normal', 'open', 'normal', 'normal', 0)
"""


class Tables:
    """The tables of one test database, by a superuser's connection: neither triggers nor foreign keys bind it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute("SET session_replication_role = replica")
        names = [name for (name,) in connection.execute(_TABLES)]
        self._sequences = [number for (number,) in connection.execute(_SEQUENCES, [names])]
        self._all = [sql.Identifier(name) for name in names]
        held = (sql.SQL("CASE WHEN EXISTS (SELECT FROM {0}) THEN {1} END").format(sql.Identifier(n), n) for n in names)
        self._held = sql.SQL("SELECT array_remove(ARRAY[{}], NULL)").format(sql.SQL(", ").join(held))

    def empty(self) -> None:
        """All tables empty, all numbers from their start, every switch as it is delivered."""
        if self._connection.execute(_GROWN, [GROWN_BYTES]).fetchone()[0]:
            self._connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(self._all)))
        else:
            (names,) = self._connection.execute(self._held).fetchone()
            deletions = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in names]
            self._connection.execute(sql.SQL("; ").join(deletions))
        self._connection.execute(_RESTART, [self._sequences])
        self._connection.execute(_SWITCH)
