"""Every lock on payments. Always in id order, once per transaction, before evidence is written (decision 0001)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

import msgspec

from tollkeeper.core.database import Cursor, as_json, statements
from tollkeeper.core.flags import with_defaults
from tollkeeper.core.switchboard import Modes
from tollkeeper.payments.ledger.state import Payment

SQL = statements("tollkeeper.payments.ledger")
LOCK_TIMEOUT = "300ms"


@dataclass(frozen=True, slots=True)
class Desk:
    """What settle has before it, read in one statement.

    Args:
        payments: those that were locked, by id; locked until the transaction ends.
        modes: the switchboard's, as committed.
        flags: every flag, as committed.
    """

    payments: dict[UUID, Payment]
    modes: Modes
    flags: dict[str, bool]


Lock = Callable[[Cursor, Collection[UUID]], Desk]


class _Read(msgspec.Struct):
    payments: list[Payment]
    modes: Modes | None
    flags: dict[str, bool]


_decoder = msgspec.json.Decoder(_Read)


def wait(cursor: Cursor, ids: Collection[UUID]) -> Desk:
    """Lock every payment, waiting for holders.

    Raises:
        psycopg.errors.LockNotAvailable: somebody held one for longer than 300 ms; retry the whole batch.
    """
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    return _locked(cursor, "lock_payments", ids)


def skip(cursor: Cursor, ids: Collection[UUID]) -> Desk:
    """Lock the payments that nobody holds and pass over the others."""
    return _locked(cursor, "lock_free_payments", ids)


def _locked(cursor: Cursor, statement: str, ids: Collection[UUID]) -> Desk:
    cursor.execute(SQL[statement], {"ids": as_json(list(ids))})
    (found,) = cursor.fetchone() or ("",)
    read = _decoder.decode(found)
    payments = {payment.id: payment for payment in read.payments}
    return Desk(payments, read.modes or Modes(), with_defaults(read.flags))
