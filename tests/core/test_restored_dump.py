"""A dump loaded into another cluster carries foreign transaction numbers; adopted, its journal is read on as before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from core import make as clusters
from payments import make
from tollkeeper.core import journal
from tollkeeper.core.database import connect as connect_to
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.journal import Event, Position
from tollkeeper.fulfilment.enrolments.journal import tell_customers
from tollkeeper.messaging.delivery import deliver_due
from tollkeeper.server.postgres import Embedded
from tollkeeper.server.postgres.binaries import available

pytestmark = pytest.mark.proof
NAME = "enrolments.mails"
BURN = """
DO $$ BEGIN
    CREATE TEMPORARY TABLE burnt (n int);
    FOR n IN 1..30000 LOOP
        BEGIN INSERT INTO burnt VALUES (n); EXCEPTION WHEN division_by_zero THEN NULL; END;
    END LOOP;
    DROP TABLE burnt;
END $$
"""


@pytest.fixture(scope="module")
def other():
    """Another cluster, young, so that its transaction numbers are low."""
    wanted = os.environ.get("TOLLKEEPER_TEST_POSTGRES")
    binaries = [found for found in available() if wanted is None or found.major == int(wanted)]
    with tempfile.TemporaryDirectory(prefix="tollkeeper-other-") as folder:
        Path(folder).chmod(0o755)
        with Embedded(Path(folder) / "postgres", binaries=binaries) as server:
            yield server


@pytest.fixture
def restored(db, owner, other, connect):
    """A shop that told of one payment and not yet of a second, dumped and loaded into the other cluster."""
    owner.execute(BURN)
    consumer = connect(autocommit=True)
    journal.enrol_consumer(consumer, NAME)
    seen: list[journal.Line] = []
    told = make.paid("told@example.com")
    lines = len(make.journal(owner, told))

    def tell(to, read):
        seen.extend(read)
        tell_customers(to, read)

    clusters.eventually(
        lambda: journal.consume(consumer, NAME, tell),
        is_right=lambda _number: len(seen) == lines,
    )
    untold = make.paid("untold@example.com")
    source = os.environ["TOLLKEEPER_TEST_OWNER_URL"]
    dump = clusters.run(other, "pg_dump", "--format=custom", "--no-owner", dsn=source)
    other.create_database("restored")
    target = other.dsn("owner", "restored")
    clusters.run(other, "pg_restore", "--no-owner", "--dbname=restored", "--exit-on-error", dsn=target, stdin=dump)
    with connect_to(make_conninfo(target), name="test", autocommit=True) as connection:
        yield connection, told, untold
    other.drop_database("restored")


def recipients(connection):
    return [row[0] for row in connection.execute("SELECT recipient FROM messaging_outbox ORDER BY id").fetchall()]


def everything(connection):
    with plain_cursor(connection) as cursor:
        return journal.read(cursor, after=Position(0, -(2**63)))


def test_control_unadopted_journal_is_frozen(restored):
    connection, _, _ = restored

    assert connection.execute("SELECT count(*) > 0 FROM core_journal").fetchone() == (True,)
    assert journal.consume(connection, NAME, tell_customers) == 0
    assert everything(connection) == []


def test_adopted_journal_lets_a_mail_leave(restored):
    connection, _, _ = restored

    journal.adopt_restored(connection)
    journal.consume(connection, NAME, tell_customers)
    sent = sum(deliver_due(connection) for _ in range(5))

    assert recipients(connection) == ["told@example.com", "untold@example.com"]
    assert sent == 2
    assert journal.consume(connection, NAME, tell_customers) == 0


@pytest.mark.parametrize("times", [1, 2])
def test_adoption_keeps_order_and_cursors(restored, times):
    connection, told, untold = restored
    before = connection.execute("SELECT kind, payment_id FROM core_journal ORDER BY xid, id").fetchall()

    counts = [journal.adopt_restored(connection) for _ in range(times)]

    assert counts == [len(before)] * times
    assert [(line.kind, line.payment_id) for line in everything(connection)] == before
    seen = []
    journal.consume(connection, NAME, lambda _connection, lines: seen.extend(lines))
    assert {line.payment_id for line in seen} == {untold.id}
    assert told.id not in {line.payment_id for line in seen}


def test_what_happens_after_adoption_follows(restored):
    connection, _, _ = restored
    journal.adopt_restored(connection)
    last = everything(connection)[-1].position

    with connection.transaction(), plain_cursor(connection) as cursor:
        journal.publish(cursor, [Event("afterwards")])

    assert [line.kind for line in everything(connection) if line.position > last] == ["afterwards"]
