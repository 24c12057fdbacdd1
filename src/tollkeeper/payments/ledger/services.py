"""Acts on payments, for callers that have Django's connection. Each is one transaction; all of them end in settle."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from psycopg import OperationalError
from psycopg.errors import LockNotAvailable

from tollkeeper.core import audit, clock
from tollkeeper.core.database import Connection, Cursor, as_json, plain_cursor, statements, till
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.core.settings import settings
from tollkeeper.core.switchboard import Capability, NotNow, demand
from tollkeeper.payments.gateways.contract import Gateway, GatewaySilent, Intent, Link, StatusRead, gateways
from tollkeeper.payments.ledger import locks, rules
from tollkeeper.payments.ledger.errors import (
    AlreadyDecided,
    InUse,
    NoSuchIntervention,
    NoSuchOrder,
    NothingToDecide,
    ReasonNeeded,
)
from tollkeeper.payments.ledger.models import Payment as PaymentRow
from tollkeeper.payments.ledger.settle import Outcome, open_interventions, settle, settled_by_a_person
from tollkeeper.payments.ledger.state import Access, Evidence, Kind, Line, Payment, PaymentState, Trouble

SQL = statements("tollkeeper.payments.ledger")
DECIDABLE = frozenset({Access.PENDING, Access.SUSPENDED})
CLOSED_BY_DECISION = (Trouble.WRONG_AMOUNT, Trouble.CONTRADICTED, Trouble.UNCONFIRMED)

log = structlog.get_logger("payment")


@dataclass(frozen=True, slots=True)
class Sold:
    """A line to be ordered: an opaque `kind:id`, the title and the price it is sold for, in minor units."""

    item: str
    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order to be placed.

    Args:
        id, reference: fresh ones.
        person_id: who gets what is bought.
        signed_in: whether that person was signed in; otherwise somebody typed their address.
        language: of the pages and mails.
        currency: of every line.
        gateway: which one the first payment goes through.
        lines: at least one.
    """

    id: UUID
    reference: str
    person_id: UUID
    signed_in: bool
    language: str
    currency: str
    gateway: str
    lines: tuple[Sold, ...]

    @property
    def total_minor(self) -> int:
        """The sum of the lines, in minor units."""
        return sum(line.amount_minor for line in self.lines)


@cache
def gateway(name: str) -> Gateway:
    """The gateway of that name, speaking with this instance's settings.

    Raises:
        Unregistered: there is none of that name.
        Misconfigured: its settings are incomplete.
    """
    return gateways.get(name)(settings())


def place_order(cursor: Cursor, order: Order) -> Payment:
    """Store an order with its first payment, in the caller's transaction. No gateway is called here."""
    short = [Line(new_id(), line.item) for line in order.lines]
    payment = Payment(
        new_id(), order.person_id, order.reference, order.gateway, order.total_minor, order.currency, tuple(short)
    )
    lines = [
        {"id": line.id, "item": sold.item, "title": sold.title, "amount_minor": sold.amount_minor}
        for line, sold in zip(short, order.lines, strict=True)
    ]
    with till(cursor):
        cursor.execute(
            SQL["insert_order"],
            {
                "order_id": order.id,
                "reference": order.reference,
                "person_id": order.person_id,
                "signed_in": order.signed_in,
                "language": order.language,
                "currency": order.currency,
                "total_minor": order.total_minor,
                "gateway": order.gateway,
                "payment_id": payment.id,
                "lines": as_json(lines),
                "short": as_json(short),
            },
        )
    return payment


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
    with _transaction() as connection:
        return settle(connection, batch)


def open_page(payment: Payment, intent: Intent, *, asked_before: bool) -> Payment:
    """Get the gateway's page for a payment and record it.

    Requests for the same payment wait for each other, so that a double click opens one page. Who waits has written
    nothing yet, so no reader of the journal waits with them.

    Args:
        payment: without a page as far as we know.
        intent: what to ask the gateway for.
        asked_before: whether an earlier request may have got a page whose address was lost; then we look for it first.

    Raises:
        GatewaySilent, GatewayRefused: with a sentence for the customer.
    """
    speaker = gateway(payment.gateway)

    async def ask() -> Link:
        known = await speaker.find(payment.id) if asked_before else None
        return known.link if known else await speaker.open(intent)

    with raw_cursor() as cursor:
        cursor.execute(SQL["lock_page"], {"payment_id": payment.id})
        payment = read_payment(payment.id)
        if payment.facts.links:
            return payment
        at = clock.now()
        link = async_to_sync(ask)()
        (outcome,) = bring([rules.opened(payment, link, at=at)])
    return outcome.payment or payment


def read_status_now(payment_id: UUID, *, timeout_seconds: float) -> bool:
    """Ask the gateway about a payment and settle the answer.

    Args:
        payment_id: ours.
        timeout_seconds: how long the customer may wait for this.

    Returns:
        Whether the gateway answered.
    """
    payment = read_payment(payment_id)
    if not payment.facts.links:
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
    """A beat of the waiting page: the ladder asks the gateway soon."""
    with raw_cursor() as cursor:
        cursor.execute(SQL["beat"], {"payment_id": payment_id})


def cancel_by_customer(payment_id: UUID) -> None:
    """The customer turns back. A gateway's page may stay payable, and a payment that comes after all still counts."""
    bring([Evidence(payment_id, Kind.CANCELLED, "cancelled", "customer", clock.now())])


def approve(payment_id: UUID, *, by: str, reason: str) -> None:
    """Open what was paid for, as a person of the staff.

    Args:
        payment_id: waits for approval, is suspended or is questioned.
        by: the person's e-mail address.
        reason: one sentence, kept.

    Raises:
        AlreadyDecided, NothingToDecide, ReasonNeeded, InUse, NotNow.
    """
    _act(Kind.APPROVED, payment_id, by=by, reason=reason)


def reject(payment_id: UUID, *, by: str, reason: str) -> None:
    """Refuse it; the money is then owed back, and an intervention says so. Arguments and errors as `approve`."""
    _act(Kind.REJECTED, payment_id, by=by, reason=reason)


def close_intervention(intervention_id: UUID, *, by: str, act: str) -> None:
    """Close an intervention by what was done about it. Nothing else ever closes one.

    Args:
        intervention_id: open.
        by: who did it: an e-mail address.
        act: one sentence, kept.

    Raises:
        ReasonNeeded, NoSuchIntervention, NotNow.
    """
    if not act.strip():
        raise ReasonNeeded
    with raw_cursor() as cursor:
        demand(cursor, Capability.STAFF_ACT)
        with till(cursor):
            closed = settled_by_a_person(cursor, intervention_id, by=by, act=act)
        if closed is None:
            raise NoSuchIntervention
        audit.record(cursor, act="intervention.close", thing=closed, by=by, data={"act": act})


def _act(kind: Kind, payment_id: UUID, *, by: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    with _transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        with till(cursor):
            payment = locks.wait(cursor, [payment_id]).payments.get(payment_id)
        number = _next_number(payment)
        settle(
            connection,
            [Evidence(payment_id, kind, f"act:{number}", "staff", clock.now(), number=number, by=by, reason=reason)],
        )
        with till(cursor):
            cursor.execute(
                SQL["close_interventions"],
                {"payment_id": payment_id, "by": by, "act": f"{kind}: {reason}", "troubles": list(CLOSED_BY_DECISION)},
            )
        audit.record(cursor, act=f"enrolment.{kind}", thing=str(payment_id), by=by, data={"reason": reason})


def _next_number(payment: Payment | None) -> int:
    """The number of the act to come, or why there can be none."""
    if payment is None:
        raise NoSuchOrder
    act = payment.facts.act
    undecided = payment.access is Access.NONE and payment.state in {PaymentState.QUESTIONED, PaymentState.CONFIRMING}
    decidable = payment.access in DECIDABLE or undecided
    if decidable:
        return (act.number if act else 0) + 1
    raise AlreadyDecided if act else NothingToDecide(f"The payment is {payment.state}, its access {payment.access}.")


def give_up(payment_ids: Collection[UUID]) -> None:
    """The ladder is over: what was claimed goes to a person, what was not is expired.

    They leave the ladder in the same transaction, so that what is cut off here is done at the next turn.
    """
    at = clock.now()
    with _transaction() as connection, plain_cursor(connection) as cursor:
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
def _transaction() -> Iterator[Connection]:
    """Django's connection in a transaction, in which a payment that somebody else holds is a refusal."""
    with raw_transaction() as connection:
        try:
            yield connection
        except LockNotAvailable as held:
            raise InUse from held
