"""Every lock on payments. Always in id order, once per transaction, before evidence is written (decision 0001)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

import msgspec

from tollkeeper.core.database import Cursor, as_json, statements
from tollkeeper.payments.ledger.state import Payment

SQL = statements("tollkeeper.payments.ledger")
LOCK_TIMEOUT = "300ms"

Lock = Callable[[Cursor, Collection[UUID]], dict[UUID, Payment]]
"""Locks payments until the transaction ends and returns those it got, by id."""

_decoder = msgspec.json.Decoder(list[Payment])


def wait(cursor: Cursor, ids: Collection[UUID]) -> dict[UUID, Payment]:
    """Lock every payment, waiting for holders.

    Raises:
        psycopg.errors.LockNotAvailable: somebody held one for longer than 300 ms; retry the whole batch.
    """
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    return _locked(cursor, "lock_payments", ids)


def skip(cursor: Cursor, ids: Collection[UUID]) -> dict[UUID, Payment]:
    """Lock the payments that nobody holds and pass over the others."""
    return _locked(cursor, "lock_free_payments", ids)


def _locked(cursor: Cursor, statement: str, ids: Collection[UUID]) -> dict[UUID, Payment]:
    cursor.execute(SQL[statement], {"ids": as_json(list(ids))})
    (found,) = cursor.fetchone() or ("[]",)
    return {payment.id: payment for payment in _decoder.decode(found)}
