"""The standing proof: whoever paid has access, and whoever has access paid. Found missing, access is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tollkeeper.core import clock
from tollkeeper.core.database import Connection, Cursor, plain_cursor, statements, till
from tollkeeper.payments.ledger.settle import open_interventions, settle
from tollkeeper.payments.ledger.state import BY_HAND, Evidence, Kind, Trouble

SQL = statements("tollkeeper.fulfilment.enrolments")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the standing proof found.

    Args:
        missing: payments that are paid and lack their access.
        unpaid: grants open without a payment behind them.
    """

    missing: tuple[UUID, ...]
    unpaid: tuple[UUID, ...]

    @property
    def holds(self) -> bool:
        """Whether there was nothing to find."""
        return not self.missing and not self.unpaid


def prove(cursor: Cursor, payment_ids: Sequence[UUID] | None = None) -> Proof:
    """Look, and change nothing.

    Args:
        payment_ids: which payments to look at; None for all.
    """
    ids = None if payment_ids is None else [str(payment_id) for payment_id in payment_ids]
    cursor.execute(SQL["paid_without_access"], {"ids": ids})
    missing = tuple(row[0] for row in cursor.fetchall())
    cursor.execute(SQL["access_without_payment"], {"ids": ids})
    return Proof(missing, tuple(row[0] for row in cursor.fetchall()))


def prove_and_repair(connection: Connection, payment_ids: Sequence[UUID] | None = None) -> Proof:
    """Look, add what is missing through settle, and ask for a person where access has no payment. It is never taken.

    Args:
        connection: in a transaction of the caller's.
        payment_ids: which payments to look at; None for all.

    Returns:
        What was found before the repair.
    """
    at = clock.now()
    with plain_cursor(connection) as cursor:
        found = prove(cursor, payment_ids)
        if found.missing:
            key = f"repaired:{at.isoformat()}"
            settle(connection, [Evidence(payment_id, Kind.REPAIRED, key, "proof", at) for payment_id in found.missing])
        with till(cursor):
            open_interventions(cursor, [(str(grant_id), Trouble.ACCESS_UNPAID) for grant_id in found.unpaid])
        kind = "everything" if payment_ids is None else "changed"
        cursor.execute(
            SQL["note_proof"],
            {"kind": kind, "held": found.holds, "missing": len(found.missing), "unpaid": len(found.unpaid)},
        )
    return found


def notice_paid_twice(cursor: Cursor, payment_ids: Sequence[UUID]) -> None:
    """Ask for a person where somebody paid again for a course that they have."""
    ids = [str(payment_id) for payment_id in payment_ids]
    cursor.execute(SQL["paid_twice"], {"ids": ids, "free": list(BY_HAND - {"transfer"})})
    doubled = [(row[0], Trouble.PAID_TWICE) for row in cursor.fetchall()]
    with till(cursor):
        open_interventions(cursor, doubled)
