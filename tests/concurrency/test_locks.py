"""Payments are locked in one order by everybody; without it two writers stop each other."""

from __future__ import annotations

import threading

import psycopg
import pytest

from payments import make
from tollkeeper.payments.ledger import locks
from tollkeeper.payments.ledger.settle import settle
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def both(connect):
    """Two transactions settle the same two payments at once, the second one in reverse."""

    def _both(lock):
        payments = [make.waiting(), make.waiting()]
        connections = [connect(), connect()]
        errors: list[psycopg.Error] = []

        def work(number):
            order = payments[:: -1 if number else 1]
            try:
                with connections[number].transaction():
                    facts = [make.fact(payment, Kind.STATUS_PAID) for payment in order]
                    settle_in(connections[number], facts, lock(order))
            except psycopg.Error as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return payments, errors

    return _both


def settle_in(connection, facts, lock):
    connection.execute("SELECT 1")
    return settle(connection, facts, lock=lock)


def test_opposite_orders_do_not_stop_each_other(both):
    meeting = threading.Barrier(2)

    def lock(_order):
        def together(cursor, ids):
            meeting.wait()
            return locks.wait(cursor, ids)

        return together

    payments, errors = both(lock)

    assert errors == []
    assert [make.standing(payment) for payment in payments] == [("paid", "open")] * 2


def test_control_locks_in_the_order_of_arrival_do(both):
    meeting = threading.Barrier(2)

    def lock(order):
        def one_by_one(cursor, ids):
            locks.wait(cursor, [order[0].id])
            meeting.wait()
            return locks.wait(cursor, ids)

        return one_by_one

    _, errors = both(lock)

    assert errors
    assert {type(error) for error in errors} <= {psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable}


def test_skipping_leaves_what_is_held_untouched(owner, connect):
    held, free = make.waiting(), make.waiting()
    holder, worker = connect(), connect()
    holder.execute("SET ROLE tollkeeper_till")
    holder.execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (held.id,))

    with worker.transaction():
        facts = [make.fact(payment, Kind.STATUS_PAID) for payment in (held, free)]
        outcomes = settle_in(worker, facts, locks.skip)

    assert [outcome.verdict for outcome in outcomes] == ["held", "settled"]
    assert owner.execute("SELECT count(*) FROM ledger_evidence WHERE payment_id = %s", (held.id,)).fetchone() == (1,)


def test_waiting_ends_after_the_lock_time_out(connect):
    payment = make.waiting()
    holder, worker = connect(), connect()
    holder.execute("SET ROLE tollkeeper_till")
    holder.execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (payment.id,))

    with pytest.raises(psycopg.errors.LockNotAvailable), worker.transaction():
        settle_in(worker, [make.fact(payment, Kind.STATUS_PAID)], locks.wait)

    assert make.standing(payment) == ("open", "none")
