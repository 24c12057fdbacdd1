"""Bringing a database to this release: twice is once, and no lock is waited for without end."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.make import migrate

SCHEMA = (
    (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2"
    ),
    (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    ),
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT proname, prosrc, proconfig::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT app, name FROM django_migrations ORDER BY 1, 2",
)


@pytest.fixture
def fresh():
    """A migrated database that no other test writes to, and no other process locks, as its owner."""
    ours = os.environ["TOLLKEEPER_TEST_OWNER_URL"]
    dsn = make_conninfo(ours, dbname=conninfo_to_dict(ours)["dbname"] + "_still")
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection, dsn


def schema(connection):
    return [connection.execute(query).fetchall() for query in SCHEMA]


def test_second_time_changes_nothing(fresh):
    connection, dsn = fresh
    before = schema(connection)

    said = migrate(dsn)

    assert said == ""
    assert schema(connection) == before


def test_migrating_waits_for_no_lock_without_end(fresh):
    connection, dsn = fresh

    with psycopg.connect(dsn) as holder:
        holder.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(subprocess.CalledProcessError) as gave_up:
            migrate(dsn)

    assert "lock timeout" in gave_up.value.stderr
    assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


def test_every_foreign_key_into_money_refuses_deletion(fresh):
    connection, _ = fresh

    rows = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype = 'f' AND confdeltype NOT IN ('a', 'r') AND"
        " (conrelid::regclass::text ~ '^(ledger|enrolments)' OR confrelid::regclass::text ~ '^(ledger|enrolments)')"
    ).fetchall()

    assert rows == []
