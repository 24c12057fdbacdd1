"""Orders and their payments: placed, given a page at the gateway, turned back from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from asgiref.sync import async_to_sync

from tollkeeper.core import clock
from tollkeeper.core.database import Cursor, as_json, statements, till
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.contract import Gateway, Intent, Link, gateways
from tollkeeper.payments.ledger import rules
from tollkeeper.payments.ledger.services.bringing import bring, read_payment
from tollkeeper.payments.ledger.state import BY_HAND, Evidence, Kind, Line, Payment

SQL = statements("tollkeeper.payments.ledger")


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
        at: when it was ordered; None for now.
        payment_id: of the first payment, where a gateway knows it by that already; None for a fresh one.
    """

    id: UUID
    reference: str
    person_id: UUID
    signed_in: bool
    language: str
    currency: str
    gateway: str
    lines: tuple[Sold, ...]
    at: datetime | None = None
    payment_id: UUID | None = None

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
        order.payment_id or new_id(),
        order.person_id,
        order.reference,
        order.gateway,
        order.total_minor,
        order.currency,
        tuple(short),
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
                "at": order.at,
                "asked": order.gateway not in BY_HAND,
            },
        )
    return payment


def place_payment(cursor: Cursor, beside: Payment, *, method: str) -> Payment:
    """Store another payment of the same order, in the caller's transaction: the same lines, by another method.

    Whichever is paid first opens the lines; the other one's money is then owed back.
    """
    payment_id = new_id()
    with till(cursor):
        cursor.execute(
            SQL["insert_payment"],
            {
                "payment_id": payment_id,
                "beside": beside.id,
                "gateway": method,
                "asked": method not in BY_HAND,
            },
        )
    return read_payment(payment_id)


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


def cancel_by_customer(payment_id: UUID) -> None:
    """The customer turns back. A gateway's page may stay payable, and a payment that comes after all still counts."""
    bring([Evidence(payment_id, Kind.CANCELLED, "cancelled", "customer", clock.now())])
