"""The journal skips nothing, waits for whoever still writes, and names them."""

from __future__ import annotations

import os

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from core.make import eventually
from tollkeeper.core import journal
from tollkeeper.core.checks import Verdict
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.journal import Event, Position
from tollkeeper.payments.ledger.checks import journal_horizon_age

START = Position(0, -(2**63))


def publish(connection, *kinds):
    with plain_cursor(connection) as cursor:
        journal.publish(cursor, [Event(kind) for kind in kinds])


def kinds(connection, after=START):
    with plain_cursor(connection) as cursor:
        lines = journal.read(cursor, after=after)
    connection.rollback()
    return [line.kind for line in lines], (lines[-1].position if lines else after)


def kinds_by_id(connection, after=0):
    rows = connection.execute(
        "SELECT id, kind FROM core_journal WHERE id > %s AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id",
        (after,),
    ).fetchall()
    connection.rollback()
    return [kind for _, kind in rows], max((number for number, _ in rows), default=after)


def told(connection, after=START, *, lines=1):
    return eventually(lambda: kinds(connection, after), is_right=lambda found: len(found[0]) >= lines)


@pytest.fixture
def late_line(connect):
    """An earlier id and a later transaction: id 1 is taken by whoever began later, and commits last."""
    early, late = connect(), connect()
    early.execute("SELECT pg_current_xact_id()")
    late.execute("SELECT pg_current_xact_id()")
    publish(late, "slow")
    publish(early, "quick")
    early.commit()
    return late


def test_line_that_commits_late_is_not_skipped(connect, late_line):
    reader = connect()

    first, position = told(reader)
    late_line.commit()
    second, _ = told(reader, position)

    assert first == ["quick"]
    assert second == ["slow"]


def test_control_a_cursor_of_ids_alone_skips_it(connect, late_line):
    reader = connect()

    told(reader)
    first, position = kinds_by_id(reader)
    late_line.commit()
    told(reader, lines=2)
    second, _ = kinds_by_id(reader, after=position)

    assert first == ["quick"]
    assert second == []


def test_open_writer_holds_the_readers_back(connect):
    holder, writer, reader = connect(), connect(), connect()
    holder.execute("SELECT pg_current_xact_id()")
    publish(writer, "told")
    writer.commit()

    held, _ = kinds(reader)
    holder.rollback()
    free, _ = told(reader)

    assert held == []
    assert free == ["told"]


def test_open_reader_holds_nobody(connect):
    holder, writer, reader = connect(), connect(), connect()
    holder.execute("SELECT count(*) FROM core_journal")
    publish(writer, "told")
    writer.commit()

    assert told(reader)[0] == ["told"]


@pytest.fixture
def elsewhere(db):
    """An open write transaction of the owner in another database of the same cluster."""
    dsn = make_conninfo(os.environ["TOLLKEEPER_TEST_OWNER_URL"], dbname="tollkeeper_test", application_name="import")
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_current_xact_id()")
        yield connection
        connection.rollback()


def test_writer_in_another_database_holds_them_too(connect, elsewhere):
    writer, reader = connect(), connect()
    publish(writer, "told")
    writer.commit()

    held, _ = kinds(reader)
    elsewhere.rollback()
    free, _ = told(reader)

    assert held == []
    assert free == ["told"]


def test_holder_of_the_horizon_is_named(connect, elsewhere):
    with plain_cursor(connect(autocommit=True)) as cursor:
        held = eventually(
            lambda: journal.horizon(cursor), is_right=lambda found: found.pid == elsewhere.info.backend_pid
        )

    assert held.pid == elsewhere.info.backend_pid
    assert held.application == "import"
    assert held.database == "tollkeeper_test"


def test_check_names_a_holder_whose_age_is_hidden(elsewhere):
    pid = str(elsewhere.info.backend_pid)
    finding = eventually(journal_horizon_age, is_right=lambda found: pid in found.sentence)

    assert finding.verdict is Verdict.UNKNOWN
    assert pid in finding.sentence


def test_check_fails_on_an_old_writer_of_ours(connect, monkeypatch):
    holder = connect()
    holder.execute("SELECT pg_current_xact_id()")
    monkeypatch.setattr("tollkeeper.payments.ledger.checks.HORIZON_SECONDS", 0.0)

    finding = eventually(journal_horizon_age, is_right=lambda found: str(holder.info.backend_pid) in found.mend)

    assert finding.verdict is Verdict.FAIL
    assert f"pg_terminate_backend({holder.info.backend_pid})" in finding.mend


def test_consumer_and_its_effect_move_together(connect):
    writer, consumer = connect(), connect()
    publish(writer, "one", "two")
    writer.commit()
    journal.enrol_consumer(consumer, "test")
    seen = []

    def effect(_connection, lines):
        seen.append([line.kind for line in lines])
        if len(seen) == 1:
            raise ZeroDivisionError

    told(connect(), lines=2)
    with pytest.raises(ZeroDivisionError):
        journal.consume(consumer, "test", effect)
    again = eventually(lambda: journal.consume(consumer, "test", effect), is_right=bool)
    nothing = journal.consume(consumer, "test", effect)

    assert seen == [["one", "two"], ["one", "two"]]
    assert (again, nothing) == (2, 0)


def test_second_consumer_of_a_name_does_nothing(connect):
    writer, first, second = connect(), connect(), connect()
    publish(writer, "one")
    writer.commit()
    journal.enrol_consumer(first, "test")
    done = []

    def effect(_connection, lines):
        done.append(journal.consume(second, "test", effect))

    assert eventually(lambda: journal.consume(first, "test", effect), is_right=bool) == 1
    assert done == [0]


def test_new_consumer_reads_from_the_start(connect):
    writer, consumer = connect(), connect()
    publish(writer, "old")
    writer.commit()
    seen = []

    journal.enrol_consumer(consumer, "new")
    told(connect())
    journal.consume(consumer, "new", lambda _connection, lines: seen.extend(line.kind for line in lines))

    assert seen == ["old"]


def test_rolled_back_act_is_not_told(connect):
    writer, reader = connect(), connect()
    publish(writer, "never")
    writer.rollback()
    publish(writer, "once")
    writer.commit()

    assert told(reader)[0] == ["once"]


@pytest.mark.parametrize("limit", [1, 500])
def test_order_is_of_numbers_and_not_of_letters(owner, connect, limit):
    consumer = connect()
    journal.enrol_consumer(consumer, "test")
    owner.execute("INSERT INTO core_journal (xid, kind) VALUES ('9', 'first'), ('10', 'second'), ('100', 'third')")
    seen = []

    while journal.consume(consumer, "test", lambda _connection, lines: seen.extend(lines), limit=limit):
        pass

    assert [line.kind for line in seen] == ["first", "second", "third"]
