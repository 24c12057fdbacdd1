"""Who may write what: by the database's own rights, by the models, and by what refers to money."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from payments import make
from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.readonly import GoThroughSettle
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.payments.ledger import models as ledger
from tollkeeper.server.walls import raise_walls, till_tables

pytestmark = pytest.mark.usefixtures("db")
READ_ONLY = (Grant, ledger.Order, ledger.OrderLine, ledger.Payment, ledger.Evidence, ledger.Intervention, ledger.Poll)
WRITES = ("INSERT INTO {} DEFAULT VALUES", "UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}")


def column(owner, table):
    return owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1", (table,)
    ).fetchone()[0]


def refused(connection, statement):
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    except psycopg.Error:
        return False
    finally:
        connection.rollback()
    return False


def test_pages_cannot_write_money(owner, connect):
    serving = connect()
    assert "ledger_payment" in till_tables()

    open_doors = [
        (table, statement)
        for table in till_tables()
        for statement in WRITES
        if not refused(serving, statement.format(table, column(owner, table), column(owner, table)))
    ]

    assert open_doors == []


def test_the_till_can_write_money_and_take_none_away(owner, connect):
    serving = connect()

    def as_till(statement, table):
        serving.execute("SET LOCAL ROLE tollkeeper_till")
        return refused(serving, statement.format(table, column(owner, table), column(owner, table)))

    for table in till_tables():
        assert [as_till(statement, table) for statement in WRITES] == [False, False, True, True], table


@pytest.mark.parametrize("table", ["core_audit", "core_journal"])
def test_pages_only_add_to_what_was_told(owner, connect, table):
    make.paid()
    parts = [
        name
        for (name,) in owner.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", (table,)
        ).fetchall()
    ]

    for name in [table, *parts]:
        allowed = [s for s in WRITES[1:] if not refused(connect(), s.format(name, "at", "at"))]
        assert allowed == [], name


def test_audit_refuses_the_owner_too(owner):
    owner.execute("INSERT INTO core_audit (act, thing, by, data) VALUES ('a', 'b', 'c', '{}')")

    for statement in ("UPDATE core_audit SET by = 'd'", "DELETE FROM core_audit", "TRUNCATE core_audit"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)

    assert owner.execute("SELECT by FROM core_audit").fetchall() == [("c",)]


def test_walls_twice_are_the_same_walls(owner):
    rights = (
        "SELECT relname, relacl::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname"
    )
    seen = []

    for _ in range(2):
        with owner.transaction(), plain_cursor(owner) as cursor:
            sentences = raise_walls(cursor)
        seen.append((sentences, owner.execute(rights).fetchall()))

    assert seen[0] == seen[1]
    assert seen[0][0] == []


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_models_refuse_to_save(model):
    make.paid()
    row = model.objects.first() or model()

    for act in (row.save, row.delete, model.objects.create, model.objects.all().delete):
        with pytest.raises(GoThroughSettle):
            act()
    for act in (model.objects.update, model.objects.filter(pk__isnull=False).update):
        with pytest.raises(GoThroughSettle):
            act(pk=None)
    for act in (model.objects.bulk_create, model.objects.bulk_update):
        with pytest.raises(GoThroughSettle):
            act([row])


@pytest.mark.parametrize("model", [Person, Course])
def test_cascade_stops_at_money(owner, model):
    payment = make.paid()

    with pytest.raises(ProtectedError):
        model.objects.all().delete()

    assert make.grant(owner, payment) == "open"


@pytest.mark.parametrize("table", ["accounts_person", "catalog_course"])
def test_raw_deletion_of_what_money_needs_is_refused(connect, table):
    make.paid()

    with pytest.raises(psycopg.errors.RestrictViolation), connect() as connection:
        connection.execute(f"DELETE FROM {table}")


def test_queryset_that_skips_the_models_is_refused():
    payment = make.paid()

    with pytest.raises(IntegrityError):
        Person.objects.filter(pk=payment.person_id)._raw_delete("default")
