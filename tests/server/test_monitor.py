from __future__ import annotations

import os

import psycopg
import pytest
from django.db import connection

from core.make import eventually
from tollkeeper.accounts.models import Person
from tollkeeper.core.journal import Event, Position, publish, read
from tollkeeper.core.orm import raw_cursor
from tollkeeper.server.monitor import PATIENCE, Consumer


@pytest.fixture
def consumer(db):
    """A consumer of one line. Its effect raises what it is told to, then reads through Django's connection."""
    given: list[str] = []
    failures: list[Exception] = []

    def effect(own, lines):
        if failures:
            raise failures.pop()
        Person.objects.count()
        given.extend(line.kind for line in lines)

    with raw_cursor() as cursor:
        publish(cursor, [Event("something.happened")])
    with raw_cursor() as cursor:
        eventually(lambda: read(cursor, after=Position(0, 0)), is_right=bool)
    watching = Consumer(os.environ["TOLLKEEPER_DATABASE_URL"], "test", effect)
    yield watching, given, failures
    watching._connected().close()


def audit_lines(owner):
    return owner.execute("SELECT act FROM core_audit").fetchall()


def test_consumer_survives_the_loss_of_djangos_connection(consumer, connect):
    watching, given, _ = consumer
    with connection.cursor() as cursor:
        pid = cursor.execute("SELECT pg_backend_pid()").fetchone()[0]
    connect(autocommit=True).execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    done = eventually(watching.look, is_right=bool)

    assert done == 1
    assert given == ["something.happened"]


def test_lost_database_passes_over_no_line(consumer, owner):
    watching, given, failures = consumer
    failures += [psycopg.OperationalError("lost")] * (PATIENCE + 2)
    for _ in range(PATIENCE + 2):
        with pytest.raises(psycopg.OperationalError):
            watching.look()

    assert eventually(watching.look, is_right=bool) == 1
    assert given == ["something.happened"]
    assert audit_lines(owner) == []


def test_line_that_nobody_can_read_is_passed_over_and_told(consumer, owner):
    watching, given, failures = consumer
    failures += [ValueError("poison")] * (PATIENCE + 2)
    for _ in range(PATIENCE):
        with pytest.raises(ValueError, match="poison"):
            watching.look()

    assert watching.look() == 1
    assert given == []
    assert audit_lines(owner) == [("journal.passed_over",)]
