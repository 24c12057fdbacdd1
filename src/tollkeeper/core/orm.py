"""Django's connection, lent to SQL of our own in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from tollkeeper.core.database import Connection, Cursor, plain_cursor


@contextmanager
def raw_transaction() -> Iterator[Connection]:
    """Django's psycopg connection inside `atomic()`, with the transaction really begun.

    `atomic()` only switches autocommit off; until a first statement psycopg believes nothing is open (STYLE 3.3).
    """
    with transaction.atomic():
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield connection.connection


@contextmanager
def raw_cursor() -> Iterator[Cursor]:
    """A plain psycopg cursor on Django's connection, in a transaction."""
    with raw_transaction() as raw, plain_cursor(raw) as cursor:
        yield cursor
