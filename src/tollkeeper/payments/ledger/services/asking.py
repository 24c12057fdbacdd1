"""Ask the gateway how a payment stands, and stop asking."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

from asgiref.sync import async_to_sync

from tollkeeper.core import clock
from tollkeeper.core.database import plain_cursor, statements, till
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.gateways.contract import GatewaySilent, StatusRead
from tollkeeper.payments.ledger import locks, rules
from tollkeeper.payments.ledger.services.bringing import bring, read_payment, transaction
from tollkeeper.payments.ledger.services.ordering import gateway
from tollkeeper.payments.ledger.settle import open_interventions, settle
from tollkeeper.payments.ledger.state import BY_HAND, Evidence, Kind, Trouble

SQL = statements("tollkeeper.payments.ledger")


def read_status_now(payment_id: UUID, *, timeout_seconds: float) -> bool:
    """Ask the gateway about a payment and settle the answer.

    Args:
        payment_id: ours.
        timeout_seconds: how long the customer may wait for this.

    Returns:
        Whether the gateway answered.
    """
    payment = read_payment(payment_id)
    if not payment.facts.links or payment.gateway in BY_HAND:
        return False

    async def ask() -> StatusRead:
        async with asyncio.timeout(timeout_seconds):
            return await gateway(payment.gateway).read_status(payment.facts.links[0])

    try:
        read = async_to_sync(ask)()
    except (GatewaySilent, TimeoutError):
        return False
    evidence = rules.from_status(payment, read, source="return")
    if evidence:
        bring(evidence)
    return True


def customer_is_waiting(payment_id: UUID) -> None:
    """A beat of the waiting page: the ladder asks the gateway soon, where there is one to ask."""
    with raw_cursor() as cursor:
        cursor.execute(SQL["beat"], {"payment_id": payment_id, "by_hand": list(BY_HAND)})


def give_up(payment_ids: Collection[UUID]) -> None:
    """The ladder is over: what was claimed goes to a person, what was not is expired.

    They leave the ladder in the same transaction, so that what is cut off here is done at the next turn.
    """
    at = clock.now()
    with transaction() as connection, plain_cursor(connection) as cursor:
        with till(cursor):
            payments = locks.wait(cursor, payment_ids).payments
        claimed = [payment.id for payment in payments.values() if rules.claimed(payment)]
        settle(
            connection,
            [Evidence(id_, Kind.EXPIRED, "expired", "ladder", at) for id_ in payments if id_ not in claimed],
        )
        with till(cursor):
            open_interventions(cursor, [(payment_id, Trouble.UNCONFIRMED) for payment_id in claimed])
        cursor.execute(SQL["leave_ladder"], {"ids": [str(payment_id) for payment_id in payments]})
