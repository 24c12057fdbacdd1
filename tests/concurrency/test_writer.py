"""Intake's writer under everything that happens to it: held rows, poison, and a database that goes away."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from concurrency.make import Desk, Wire, arrival, settled
from core.make import eventually
from payments import make
from tollkeeper.core.ids import new_id
from tollkeeper.core.registry import fulfillers
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.intake.arrival import Answer
from tollkeeper.payments.intake.writer import ROUNDS, Writer
from tollkeeper.payments.ledger.state import Evidence, Kind

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def dsn():
    return os.environ["TOLLKEEPER_DATABASE_URL"]


@pytest.fixture
def hold(connect):
    """A slow transaction that holds a payment's row until it is let go."""

    def _hold(payment):
        holder = connect()
        holder.execute("SET ROLE tollkeeper_till")
        holder.execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (payment.id,))
        return holder

    return _hold


def deliveries(owner, one):
    return owner.execute(
        "SELECT verdict, body FROM ledger_delivery WHERE digest = %s ORDER BY id", (one.digest,)
    ).fetchall()


def test_batch_is_settled_and_its_bytes_are_kept(owner, dsn):
    arrivals = [arrival(make.waiting()) for _ in range(3)]

    answers = settled(dsn, arrivals)

    assert answers == [Answer.SETTLED] * 3
    assert [deliveries(owner, one) for one in arrivals] == [[("settled", one.webhook.body)] for one in arrivals]


def test_same_message_twice_in_a_batch_is_one_settlement(owner, dsn):
    payment = make.waiting()

    answers = settled(dsn, [arrival(payment), arrival(payment)])

    assert set(answers) <= {Answer.SETTLED, Answer.DUPLICATE}
    assert make.journal(owner, payment) == ["payment.open", "payment.paid", "access.open"]


def test_unknown_payment_is_kept_and_told(owner, dsn):
    payment = make.waiting()
    known = arrival(payment)
    evidence = Evidence(new_id(), Kind.STATUS_PAID, "k", "webhook", known.verified_at)
    stranger = arrival(payment, evidence=evidence)

    answers = settled(dsn, [known, stranger])

    assert answers == [Answer.SETTLED, Answer.UNKNOWN_PAYMENT]
    assert make.troubles(owner, stranger.digest) == ["unknown_reference"]


def test_held_payment_does_not_hold_its_neighbours(owner, dsn, hold):
    slow, quick = make.waiting(), make.waiting()
    holder = hold(slow)
    first, second = arrival(slow), arrival(quick)

    with Desk(dsn) as desk:
        desk.bring(first, second)
        assert desk.answer(second) is Answer.SETTLED
        assert make.standing(slow) == ("open", "none")
        eventually(lambda: first.rounds, is_right=lambda rounds: rounds >= ROUNDS)
        holder.rollback()
        assert desk.answer(first) is Answer.SETTLED

    assert make.standing(slow) == ("paid", "open")


def test_who_waits_for_a_held_payment_lets_others_by(dsn, hold):
    slow = make.waiting()
    neighbours = [arrival(make.waiting()) for _ in range(3)]
    holder = hold(slow)
    first = arrival(slow)

    with Desk(dsn) as desk:
        desk.bring(first)
        for neighbour in neighbours:
            eventually(lambda: first.rounds, is_right=lambda rounds: rounds >= ROUNDS)
            desk.bring(neighbour)
            desk.answer(neighbour)
        answered_before = [one for one, _ in desk.answers]
        said = desk.answer(first)
        holder.rollback()

    assert answered_before == neighbours
    assert said is Answer.BUSY


class Poisoned:
    def fulfil(self, _cursor, _claims):
        raise ZeroDivisionError


@pytest.fixture
def poison():
    fulfillers.register("poison", Poisoned())
    yield
    del fulfillers._things["poison"]


def zero_byte(payment):
    return make.fact(payment, Kind.STATUS_PAID, link=Link("page\0"))


def endless(payment):
    return make.fact(payment, Kind.STATUS_PAID, link=Link(secrets.token_hex(9_000)))


@pytest.mark.parametrize(
    ("item", "evidence"),
    [(None, zero_byte), (None, endless), ("poison:1", None), ("nobody-sells-this:1", None)],
    ids=["data", "too large for an index", "code", "no fulfiller"],
)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_poison_stands_alone(owner, dsn, poison, item, evidence, place):
    neighbours = [make.waiting() for _ in range(4)]
    culprit = make.waiting(item=item)
    bad = arrival(culprit, evidence=evidence(culprit) if evidence else None)
    batch = [arrival(neighbour) for neighbour in neighbours]
    batch.insert(place, bad)

    answers = dict(zip(map(id, batch), settled(dsn, batch), strict=True))

    assert answers.pop(id(bad)) is Answer.UNSETTLED
    assert set(answers.values()) == {Answer.SETTLED}
    assert {make.standing(neighbour) for neighbour in neighbours} == {("paid", "open")}
    assert deliveries(owner, bad) == [("unsettled", bad.webhook.body)]
    assert make.troubles(owner) == ["unsettled"]


def test_recovery_asks_for_everything_again(owner, dsn):
    one = arrival(make.waiting())
    owner.execute("UPDATE core_switch SET write = 'recover'")

    assert settled(dsn, [one]) == [Answer.AWAY]

    owner.execute("UPDATE core_switch SET write = 'normal'")
    assert settled(dsn, [one]) == [Answer.SETTLED]


@pytest.fixture
def wire(dsn):
    with tempfile.TemporaryDirectory() as folder, Wire(dsn, Path(folder)) as made:
        yield made


def test_answer_to_the_commit_lost_is_never_200(owner, wire):
    payment = make.waiting()

    first = settled(wire.dsn, [arrival(payment)])
    committed = make.standing(payment)
    second = settled(wire.dsn, [arrival(payment)])

    assert first == [Answer.AWAY]
    assert committed == ("paid", "open")
    assert second == [Answer.DUPLICATE]
    assert make.journal(owner, payment).count("access.open") == 1
    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (1,)


@pytest.fixture
def slow_commit(owner):
    """COMMIT waits for whoever holds an advisory lock."""
    owner.execute(
        "CREATE FUNCTION test_wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER test_wait AFTER INSERT ON ledger_evidence DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION test_wait()"
    )
    yield
    owner.execute("DROP FUNCTION test_wait() CASCADE")


def test_backend_killed_in_its_commit_is_never_200(owner, dsn, connect, slow_commit):
    payment, killer = make.waiting(), connect(autocommit=True)
    killer.execute("SELECT pg_advisory_lock(42)")
    one = arrival(payment)

    with Desk(dsn) as desk:
        desk.bring(one)
        waits = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted"
        (pid,) = eventually(lambda: killer.execute(waits).fetchone(), is_right=bool)
        killer.execute("SELECT pg_terminate_backend(%s)", (pid,))
        said = desk.answer(one)
    killer.execute("SELECT pg_advisory_unlock(42)")

    assert said is Answer.AWAY
    assert make.standing(payment) == ("open", "none")
    assert settled(dsn, [arrival(payment)]) == [Answer.SETTLED]
    assert make.journal(owner, payment).count("access.open") == 1


def test_connection_that_dies_unnoticed_is_never_200(dsn):
    payment, deaths = make.waiting(), [True]

    class Unlucky(Writer):
        def _keep_bytes(self, connection, part, outcomes):
            super()._keep_bytes(connection, part, outcomes)
            if deaths:
                deaths.pop()
                connection.pgconn.finish()

    (said,) = settled(dsn, [arrival(payment)], writer=Unlucky)

    assert (said is Answer.SETTLED) == (make.standing(payment) == ("paid", "open"))


def test_connection_killed_while_idle_costs_nothing(dsn, connect):
    first, second = arrival(make.waiting()), arrival(make.waiting())

    with Desk(dsn) as desk:
        desk.bring(first)
        desk.answer(first)
        connect(autocommit=True).execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tollkeeper intake' AND datname = current_database()"
        )
        desk.bring(second)
        assert desk.answer(second) is Answer.SETTLED


def test_database_that_is_away_is_told_at_once(dsn):
    payment = make.waiting()
    nowhere = psycopg.conninfo.make_conninfo(dsn, host="/nonexistent")

    assert settled(nowhere, [arrival(payment)]) == [Answer.AWAY]


def test_writers_with_the_same_payments_settle_each_once(owner, dsn):
    payments = [make.waiting() for _ in range(20)]
    piles = [[arrival(payment) for payment in order] for order in (payments, payments[::-1]) for _ in range(2)]
    said: list[list[Answer]] = [[] for _ in piles]

    def work(number):
        said[number] = settled(dsn, piles[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(piles))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer for answers in said for answer in answers} <= {Answer.SETTLED, Answer.DUPLICATE}
    assert sum(answers.count(Answer.SETTLED) for answers in said) == len(payments)
    assert owner.execute("SELECT count(*) FROM core_journal WHERE kind = 'access.open'").fetchone() == (20,)
