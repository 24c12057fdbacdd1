"""The console's reads: one statement each, inside the read-only transaction that `doors.staff_page` begins.

The console stands above every room whose tables it shows, and writes none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tollkeeper.console.errors import NoSuchRecord
from tollkeeper.core.database import statements
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.ledger.queries import OrderView, pending_payments
from tollkeeper.payments.ledger.state import Payment
from tollkeeper.reporting.replay import evidence_of_row, told

SQL = statements("tollkeeper.console")
SHOWN_INTERVENTIONS = 200
SHOWN_APPROVALS = 100
"""Decisions on one page; those that wait longest. Deciding makes room for the next."""

Row = dict[str, Any]


def rows(statement: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """What a statement of this room answers, each row by its columns' names."""
    with raw_cursor() as cursor:
        cursor.execute(SQL[statement], values or {})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def record(statement: str, record_id: UUID) -> Row:
    """One row by its id.

    Raises:
        NoSuchRecord: it is not here, or not any more.
    """
    found = rows(statement, {"id": record_id})
    if not found:
        raise NoSuchRecord
    return found[0]


def first_id_at(moment: datetime) -> UUID:
    """The least id that could have been made at a moment: a UUIDv7 begins with its milliseconds."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def last_id_before(moment: datetime) -> UUID:
    """The greatest id that could have been made before a moment."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) - 1)


def waiting() -> tuple[list[Row], bool]:
    """What waits for a decision, the oldest first, with what helps to decide.

    Returns:
        One row for each of the first `SHOWN_APPROVALS`: `view` (an OrderView) and its method, customer, since when it
        waits, and the newest word about it; and whether more wait than are shown.
    """
    every = pending_payments(limit=SHOWN_APPROVALS + 1)
    shown = every[:SHOWN_APPROVALS]
    ids = [view.payment_id for view in shown]
    details = {row["id"]: row for row in rows("queue_details", {"ids": ids})}
    heard = {row["payment_id"]: row for row in rows("queue_evidence", {"ids": ids})}
    told = [_waiting(view, details[view.payment_id], heard.get(view.payment_id)) for view in shown]
    return told, len(every) > len(shown)


def _waiting(view: OrderView, details: Row, heard: Row | None) -> Row:
    return details | {"view": view, "said": _said(view, details, heard)}


def _said(view: OrderView, details: Row, heard: Row | None) -> str:
    """The newest word about a payment, as a sentence."""
    if heard is None:
        return ""
    amount = view.amount
    terms = Payment(
        view.payment_id, view.person_id, view.reference, details["gateway"], amount.minor, amount.currency, ()
    )
    return told(evidence_of_row(terms, heard), terms)


def who_decided(payment_ids: Iterable[UUID]) -> dict[UUID, Row]:
    """The last act of staff on each payment: `kind`, `by`, `reason`, `recorded_at`."""
    return {row["payment_id"]: row for row in rows("last_acts", {"ids": list(payment_ids)})}


def open_interventions() -> Sequence[Row]:
    """What waits for a person, the nearest deadline first."""
    return rows("open_interventions", {"limit": SHOWN_INTERVENTIONS})
