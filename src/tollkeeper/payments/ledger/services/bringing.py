"""Bring evidence from where Django's connection is; every act of this room ends here, and this ends in settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog
from psycopg import OperationalError
from psycopg.errors import LockNotAvailable

from tollkeeper.core.database import Connection, till
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.core.switchboard import NotNow
from tollkeeper.payments.ledger.errors import InUse, NoSuchOrder
from tollkeeper.payments.ledger.models import Payment as PaymentRow
from tollkeeper.payments.ledger.settle import Outcome, open_interventions, settle
from tollkeeper.payments.ledger.state import Evidence, Payment, Trouble

log = structlog.get_logger("payment")


def read_payment(payment_id: UUID) -> Payment:
    """A payment as the reducer sees it, without a lock.

    Raises:
        NoSuchOrder: there is none.
    """
    row = PaymentRow.objects.filter(id=payment_id).first()
    if row is None:
        raise NoSuchOrder
    return row.as_seen_by_reducer()


def bring(batch: Sequence[Evidence]) -> list[Outcome]:
    """Settle evidence in a transaction of its own, or in the caller's `atomic()`.

    Raises:
        InUse: somebody else held one of the payments for longer than we wait.
        NotNow: the switchboard refuses settling.
    """
    with transaction() as connection:
        return settle(connection, batch)


def bring_each(batch: Sequence[Evidence]) -> None:
    """Settle evidence about many payments; where that fails one payment after the other, so that none stops the rest.

    What cannot be settled even alone goes to a person; what is only held by somebody comes again by itself.
    """
    try:
        bring(batch)
    except NotNow:
        raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with one payment must not touch its neighbours
        log.warning("bring.one_by_one", error=f"{type(error).__name__}: {error}")
    else:
        return
    for payment_id in sorted({item.payment_id for item in batch}):
        _bring_alone(payment_id, [item for item in batch if item.payment_id == payment_id])


def _bring_alone(payment_id: UUID, evidence: Sequence[Evidence]) -> None:
    try:
        bring(evidence)
    except (InUse, NotNow, OperationalError) as error:
        log.warning("bring.later", payment_id=str(payment_id), error=f"{type(error).__name__}: {error}")
    except Exception as error:
        log.exception("bring.unsettled", payment_id=str(payment_id), error=type(error).__name__)
        with raw_cursor() as cursor, till(cursor):
            open_interventions(cursor, [(payment_id, Trouble.UNSETTLED)])


@contextmanager
def transaction() -> Iterator[Connection]:
    """Django's connection in a transaction, in which a payment that somebody else holds is a refusal."""
    with raw_transaction() as connection:
        try:
            yield connection
        except LockNotAvailable as held:
            raise InUse from held
