"""Checks of the till."""

from __future__ import annotations

from tollkeeper.core.checks import Finding, Verdict
from tollkeeper.core.journal import horizon
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.partitions import TABLES, months_left
from tollkeeper.core.switchboard import Capability, allowed, read_modes

HORIZON_SECONDS = 5.0
"""No write transaction lasts longer (DESIGN 9, Journal)."""
MONTHS_AHEAD = 2


def journal_horizon_age() -> Finding:
    """Whether some open write transaction keeps the journal's readers waiting, and whose it is."""
    with raw_cursor() as cursor:
        held = horizon(cursor)
    evidence = {"seconds": held.seconds, "pid": held.pid, "application": held.application, "database": held.database}
    if held.pid is not None and held.seconds is None:
        return Finding(
            Verdict.UNKNOWN,
            f"Process {held.pid} ({held.application}, database {held.database}) holds the journal back. It is another"
            " role's, so we cannot see for how long.",
            "Look for that process in pg_stat_activity as a superuser; there its start and its statement are shown.",
            evidence,
        )
    if held.seconds is None or held.seconds < HORIZON_SECONDS:
        return Finding(Verdict.PASS, "Nothing keeps the journal's readers waiting.", evidence=evidence)
    return Finding(
        Verdict.FAIL,
        f"Process {held.pid} ({held.application}, database {held.database}) holds the journal back for"
        f" {held.seconds:.0f} s.",
        f"Let it end, or end it: SELECT pg_terminate_backend({held.pid});",
        evidence,
    )


def partitions_ahead() -> Finding:
    """Whether the months to come have their partitions."""
    with raw_cursor() as cursor:
        left = {table.table: months_left(cursor, table) for table in TABLES}
    short = [name for name, months in left.items() if months < MONTHS_AHEAD]
    if not short:
        return Finding(Verdict.PASS, "The months to come have their partitions.", evidence=dict(left))
    return Finding(
        Verdict.FAIL,
        f"{', '.join(short)} will soon have no partition to write to.",
        "Start the worker; it makes them daily. Restarting `tollkeeper serve` makes them too.",
        dict(left),
    )


def checkouts_allowed() -> Finding:
    """Whether the switchboard lets customers begin a payment."""
    with raw_cursor() as cursor:
        modes = read_modes(cursor)
    if allowed(Capability.NEW_CHECKOUT, modes):
        return Finding(Verdict.PASS, "New checkouts are allowed.")
    return Finding(
        Verdict.FAIL, f"New checkouts are switched off: {modes}.", "See who switched it off, and why, in the audit log."
    )
