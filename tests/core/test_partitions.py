"""A month without its partition is caught, told, and healed; nobody loses a line by it."""

from __future__ import annotations

import psycopg
import pytest

from payments import make
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.partitions import MONTHS_AHEAD, TABLES, drop_partitions, ensure_partitions, months_left
from tollkeeper.payments.ledger.checks import partitions_ahead

JOURNAL, DELIVERY = TABLES
pytestmark = pytest.mark.usefixtures("db")


def this_month(owner, table=JOURNAL):
    return owner.execute("SELECT %s || to_char(now(), '_YYYY_MM')", (table.table,)).fetchone()[0]


def drop_months(owner, table=JOURNAL, *, from_now=0):
    """Drop the months from that many after this one on."""
    rows = owner.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = %s::regclass"
        " AND relname NOT LIKE '%%default'"
        " AND relname >= %s || to_char(now() + make_interval(months => %s), '_YYYY_MM')",
        (table.table, table.table, from_now),
    ).fetchall()
    for (name,) in rows:
        owner.execute(f"DROP TABLE {name}")


@pytest.fixture(autouse=True)
def all_months(db, owner):
    yield
    owner.execute("DROP TABLE IF EXISTS core_journal_2020_01, ledger_delivery_2020_01")
    for table in TABLES:
        owner.execute(f"TRUNCATE {table.table}")
        with plain_cursor(owner) as cursor:
            ensure_partitions(cursor, table)


def count(owner, table):
    return owner.execute(f"SELECT count(*) FROM ONLY {table}").fetchone()[0]


def test_missing_partition_stops_no_settlement(owner):
    drop_months(owner)

    payment = make.paid()

    assert make.standing(payment) == ("paid", "open")
    assert count(owner, "core_journal_default") == 3


def test_control_without_a_default_partition_all_settlement_stops(owner):
    drop_months(owner)
    owner.execute("ALTER TABLE core_journal DETACH PARTITION core_journal_default")

    try:
        with pytest.raises(psycopg.errors.CheckViolation, match="no partition"):
            make.paid()
    finally:
        owner.execute("ALTER TABLE core_journal ATTACH PARTITION core_journal_default DEFAULT")


def test_month_that_the_default_caught_is_moved_home(owner):
    drop_months(owner)
    payment = make.paid()

    with raw_cursor() as cursor:
        made = ensure_partitions(cursor, JOURNAL)

    assert made == 1 + MONTHS_AHEAD
    assert count(owner, "core_journal_default") == 0
    assert count(owner, this_month(owner)) == 3
    assert make.journal(owner, payment) == ["payment.open", "payment.paid", "access.open"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.table)
def test_months_are_made_once(table):
    with raw_cursor() as cursor:
        first = ensure_partitions(cursor, table)
        left = months_left(cursor, table)

    assert first == 0
    assert left == MONTHS_AHEAD


def test_check_alarms_under_two_months(owner):
    before = partitions_ahead().verdict
    drop_months(owner, from_now=2)

    finding = partitions_ahead()

    assert before == "pass"
    assert finding.verdict == "fail"
    assert finding.evidence["core_journal"] == 1


def test_old_months_of_deliveries_go_and_journal_stays(owner):
    for table in TABLES:
        owner.execute(
            f"CREATE TABLE {table.table}_2020_01 PARTITION OF {table.table}"
            " FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-02-01 00:00+00')"
        )

    with raw_cursor() as cursor:
        dropped = [drop_partitions(cursor, table) for table in (JOURNAL, DELIVERY)]

    assert dropped == [0, 1]
    assert owner.execute("SELECT to_regclass('ledger_delivery_2020_01')").fetchone() == (None,)
    assert owner.execute("SELECT to_regclass('core_journal_2020_01') IS NOT NULL").fetchone() == (True,)


@pytest.mark.parametrize(
    "act",
    [
        "SELECT core_drop_partitions('core_journal', 90)",
        "SELECT core_drop_partitions('ledger_delivery', 89)",
        "SELECT core_ensure_partitions('ledger_payment', 1)",
    ],
)
def test_functions_touch_no_other_table_and_no_young_month(connect, act):
    with pytest.raises(psycopg.errors.RaiseException):
        connect().execute(act)


def test_temporary_tables_deceive_nobody(owner, connect):
    old = "core_journal_2020_01"
    serving = connect(autocommit=True)
    for table, columns in (
        ("pg_inherits", "'ledger_delivery'::regclass::oid AS inhparent, 1::oid AS inhrelid"),
        ("pg_class", f"1::oid AS oid, '{old}'::text AS relname"),
    ):
        serving.execute(f"CREATE TEMPORARY TABLE {table} AS SELECT {columns}")
        serving.execute(f"GRANT SELECT ON pg_temp.{table} TO PUBLIC")
    owner.execute(f"CREATE TABLE {old} PARTITION OF core_journal FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')")

    dropped = serving.execute("SELECT core_drop_partitions('ledger_delivery', 90)").fetchone()

    assert dropped == (0,)
    assert owner.execute("SELECT to_regclass(%s) IS NOT NULL", (old,)).fetchone() == (True,)
