"""settle writes in its caller's transaction, on either kind of connection, and gives its role back."""

from __future__ import annotations

import os
from contextlib import suppress

import psycopg
import pytest
from django.db import connection as django_connection
from django.db import transaction

from accounts.make import guest
from payments import make
from tollkeeper.accounts.models import Person
from tollkeeper.core.database import NotInTransaction, plain_cursor, till
from tollkeeper.core.orm import raw_transaction
from tollkeeper.core.registry import Unregistered
from tollkeeper.payments.ledger.settle import settle
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


class Undone(Exception):
    pass


def role(connection):
    return connection.execute("SELECT current_user").fetchone()[0]


def rename(payment):
    Person.objects.filter(pk=payment.person_id).update(name="Renamed")


def name(payment):
    return Person.objects.get(pk=payment.person_id).name


def test_plain_connection_settles_and_commits(connect):
    payment, plain = make.waiting(), connect()

    plain.execute("SELECT 1")
    settle(plain, [make.fact(payment, Kind.STATUS_PAID)])
    plain.commit()

    assert make.standing(payment) == ("paid", "open")


def test_djangos_connection_settles_and_commits():
    payment = make.waiting()

    with raw_transaction() as raw:
        settle(raw, [make.fact(payment, Kind.STATUS_PAID)])
        rename(payment)

    assert make.standing(payment) == ("paid", "open")
    assert name(payment) == "Renamed"


def test_callers_failure_undoes_both():
    payment = make.waiting()

    with suppress(Undone), raw_transaction() as raw:
        settle(raw, [make.fact(payment, Kind.STATUS_PAID)])
        rename(payment)
        raise Undone

    assert make.standing(payment) == ("open", "none")
    assert name(payment) == ""


def test_control_a_connection_of_its_own_stays_committed():
    payment = make.waiting()

    with suppress(Undone), transaction.atomic():
        with psycopg.connect(os.environ["TOLLKEEPER_DATABASE_URL"]) as own:
            own.execute("SELECT 1")
            settle(own, [make.fact(payment, Kind.STATUS_PAID)])
        rename(payment)
        raise Undone

    assert make.standing(payment) == ("paid", "open")
    assert name(payment) == ""


def test_control_psycopgs_transaction_as_first_statement_commits():
    payment = make.waiting()

    with suppress(Undone), transaction.atomic():
        django_connection.ensure_connection()
        with django_connection.connection.transaction():
            django_connection.connection.execute("SELECT 1")
            settle(django_connection.connection, [make.fact(payment, Kind.STATUS_PAID)])
        rename(payment)
        raise Undone

    assert make.standing(payment) == ("paid", "open")
    assert name(payment) == ""


def test_control_django_hands_over_an_idle_connection():
    payment = make.waiting()
    django_connection.ensure_connection()

    with transaction.atomic(), pytest.raises(NotInTransaction):
        settle(django_connection.connection, [make.fact(payment, Kind.STATUS_PAID)])

    assert make.standing(payment) == ("open", "none")


def test_outside_a_transaction_nothing_is_settled(connect):
    payment = make.waiting()

    with pytest.raises(NotInTransaction):
        settle(connect(autocommit=True), [make.fact(payment, Kind.STATUS_PAID)])

    assert make.standing(payment) == ("open", "none")


def test_role_is_given_back_after_settling(connect):
    payment, plain = make.waiting(), connect()
    before = role(plain)

    settle(plain, [make.fact(payment, Kind.STATUS_PAID)])

    assert before == role(plain) == "tollkeeper_app"


def test_role_is_given_back_after_a_failure_that_the_caller_survives(connect):
    payment, plain = make.waiting(item="nobody-sells-this:1"), connect()
    before = role(plain)

    with pytest.raises(Unregistered):
        settle(plain, [make.fact(payment, Kind.STATUS_PAID)])

    assert before == role(plain)


def test_role_is_given_back_with_the_savepoint(connect):
    plain = connect()
    before = role(plain)

    with pytest.raises(psycopg.errors.DivisionByZero), plain.transaction(), plain_cursor(plain) as cursor, till(cursor):
        cursor.execute("SELECT 1 / 0")

    assert before == role(plain)


def test_django_goes_on_as_itself_after_a_failed_settlement():
    payment, other = make.waiting(item="nobody-sells-this:1"), guest("other@example.com")

    with transaction.atomic():
        with pytest.raises(Unregistered):
            make.tell(payment, Kind.STATUS_PAID)
        Person.objects.filter(pk=other.pk).update(name="Renamed")

    other.refresh_from_db()
    assert other.name == "Renamed"


@pytest.mark.parametrize("size", [1, 100])
def test_hundred_cost_as_many_statements_as_one(connect, size):
    facts = [make.fact(make.waiting(), Kind.STATUS_PAID) for _ in range(size)]
    plain = connect()

    class Counting(psycopg.Cursor):
        count = 0

        def execute(self, *arguments, **more):
            Counting.count += 1
            return super().execute(*arguments, **more)

    plain.execute("SELECT 1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tollkeeper.core.database.psycopg.Cursor", Counting)
        settle(plain, facts)
    plain.commit()

    assert Counting.count == STATEMENTS
    assert {make.standing(make.read_payment(fact.payment_id)) for fact in facts} == {("paid", "open")}


STATEMENTS = 7
"""Role, time-out, lock, modes, flags, grants, evidence, payments, journal, role again."""
