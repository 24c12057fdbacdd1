from __future__ import annotations

import os

import psycopg
import pytest
from django.db import OperationalError, connection

from tollkeeper.accounts.models import Person
from tollkeeper.core.journal import Event, publish
from tollkeeper.core.orm import raw_cursor
from tollkeeper.server.monitor import PATIENCE, Consumer


@pytest.fixture
def consumer(db):
    """A consumer whose effect reads through Django's connection, and the lines that it was given."""
    given: list[str] = []

    def effect(own, lines):
        Person.objects.count()
        given.extend(line.kind for line in lines)

    with raw_cursor() as cursor:
        publish(cursor, [Event("something.happened")])
    watching = Consumer(os.environ["TOLLKEEPER_DATABASE_URL"], "test", effect)
    yield watching, given
    watching._connected().close()


def lose_djangos_connection(other):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_consumer_survives_the_loss_of_djangos_connection(consumer, connect):
    watching, given = consumer
    lose_djangos_connection(connect(autocommit=True))

    with pytest.raises((OperationalError, psycopg.OperationalError)):
        watching.look()

    assert watching.look() == 1
    assert given == ["something.happened"]


def test_lost_database_passes_over_no_line(consumer, connect, owner):
    watching, given = consumer
    other = connect(autocommit=True)
    for _ in range(PATIENCE + 2):
        lose_djangos_connection(other)
        with pytest.raises((OperationalError, psycopg.OperationalError)):
            watching.look()
        connection.close()

    assert watching.look() == 1
    assert given == ["something.happened"]
    assert owner.execute("SELECT count(*) FROM core_audit").fetchone() == (0,)
