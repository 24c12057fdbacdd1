"""The ladder: whoever paid gets access although every webhook is lost, because we ask.

Every two seconds while the customer looks at the waiting page, every 30 seconds for half an hour, then every quarter of
an hour for a day; after that history sweeps find what is left (DESIGN 9, Ladder).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from tollkeeper.core import clock
from tollkeeper.core.database import plain_cursor, statements, till
from tollkeeper.core.errors import Refusal
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.payments.gateways.contract import GatewayRefused, GatewaySilent, StatusRead
from tollkeeper.payments.ledger import rules
from tollkeeper.payments.ledger.models import Payment as PaymentRow
from tollkeeper.payments.ledger.services import bring_each, gateway, give_up
from tollkeeper.payments.ledger.state import RECEIVED, Evidence, Kind, Payment

SQL = statements("tollkeeper.payments.ledger")
AT_ONCE = 16
"""How many payments one climb asks about. Climbs are a quarter of a second apart, so that after an outage a gateway is
asked no more than 64 times a second."""
HISTORY_DAYS = 3
TRANSFER_DAYS = 14
"""So long a bank transfer is waited for; one that comes later still counts."""

log = structlog.get_logger("payment")


def climb(runner: asyncio.Runner) -> int:
    """Ask about the payments whose turn it is, and settle what the gateways say.

    Args:
        runner: keeps one event loop, and so the gateways' connections, from climb to climb.

    Returns:
        How many payments had their turn.
    """
    with raw_cursor() as cursor:
        cursor.execute(SQL["take_due_polls"], {"limit": AT_ONCE})
        turns = dict(cursor.fetchall())
    if not turns:
        return 0
    payments = [row.as_seen_by_reducer() for row in PaymentRow.objects.filter(id__in=turns)]
    evidence = runner.run(_ask_all(payments))
    if evidence:
        bring_each(evidence)
    heard = {item.payment_id for item in evidence}
    over = [payment.id for payment in payments if turns[payment.id] and payment.id not in heard]
    if over:
        give_up(over)
    return len(turns)


def sweep_history(runner: asyncio.Runner, name: str) -> int:
    """Settle every payment that a gateway's history calls paid and our books do not.

    Returns:
        How many pieces of evidence were new to us.
    """
    until = clock.now()
    try:
        reads = runner.run(gateway(name).history((until - timedelta(days=HISTORY_DAYS)).date(), until.date()))
    except (GatewaySilent, GatewayRefused) as error:
        log.warning("history.silent", gateway=name, error=error.sentence)
        return 0
    heard: dict[UUID, list[StatusRead]] = defaultdict(list)
    for read in reads:
        if read.payment_id is not None:
            heard[read.payment_id].append(read)
    rows = PaymentRow.objects.filter(id__in=heard, gateway=name).exclude(state__in=RECEIVED, facts__has_key="confirmed")
    known = [row.as_seen_by_reducer() for row in rows]
    evidence = [
        item
        for payment in known
        for read in heard[payment.id]
        for item in rules.from_status(payment, read, source="history")
    ]
    if evidence:
        bring_each(evidence)
    return len(evidence)


def expire_old_transfers() -> int:
    """Stop waiting for transfers that were ordered two weeks ago and of which nothing was heard.

    Returns:
        How many.
    """
    with raw_cursor() as cursor:
        cursor.execute(SQL["old_transfers"], {"days": TRANSFER_DAYS})
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        at = clock.now()
        bring_each([Evidence(payment_id, Kind.EXPIRED, "expired", "ladder", at) for payment_id in ids])
    return len(ids)


def mend_queue() -> int:
    """Put into the queue of staff what waits and is missing there.

    Returns:
        How many payments that were: none, unless somebody wrote past settle.
    """
    with raw_transaction() as connection, plain_cursor(connection) as cursor, till(cursor):
        cursor.execute(SQL["mend_queue"])
        missing = [str(row[0]) for row in cursor.fetchall()]
    if missing:
        log.error("queue.mended", payments=missing[:20], count=len(missing))
    return len(missing)


async def _ask_all(payments: Sequence[Payment]) -> list[Evidence]:
    answers = await asyncio.gather(*(_ask(payment) for payment in payments))
    return [item for answer in answers for item in answer]


async def _ask(payment: Payment) -> list[Evidence]:
    try:
        read = await _read(payment)
    except Refusal as error:  # silent, refused, or a method that nobody speaks: the other payments have their turn
        log.info("ladder.silent", payment_id=str(payment.id), error=error.sentence)
        return []
    if read is None:
        return []
    found = [] if payment.facts.links else [rules.opened(payment, read.link, at=read.asked_at)]
    return found + rules.from_status(payment, read, source="ladder")


async def _read(payment: Payment) -> StatusRead | None:
    """By the page we know; or, where our own request for one was cut off, by our reference."""
    speaker = gateway(payment.gateway)
    if payment.facts.links:
        return await speaker.read_status(payment.facts.links[0])
    return await speaker.find(payment.id)
