"""Reads of the ledger. Each takes who asks; what is not theirs does not exist for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tollkeeper.core.money import Money
from tollkeeper.payments.ledger.errors import NoSuchOrder
from tollkeeper.payments.ledger.models import Delivery, Evidence, Intervention, Order, Payment, Queued, Screens, Stage
from tollkeeper.payments.ledger.state import DECIDABLE, RECEIVED, Access, PaymentState, Trouble


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with one payment of it, as a page shows it.

    Args:
        reference, order_id, person_id: whose order it is.
        title, item: of its first line; an item is `kind:id`.
        amount: minor units and currency.
        created_at: UTC.
        payment_id, payment_state, access: of the payment.
        pay_url: the gateway's page; empty until there is one.
        language: the customer's.
        method: how the payment is made: a gateway's name, `transfer`, `complimentary` or `imported`.
    """

    reference: str
    order_id: UUID
    person_id: UUID
    title: str
    item: str
    amount: Money
    created_at: datetime
    payment_id: UUID
    payment_state: PaymentState
    access: Access
    pay_url: str
    language: str
    method: str


def order_for(reference: str, *, person_id: UUID | None, session_orders: Collection[str]) -> OrderView:
    """The order of that reference, if it is theirs: made by the signed-in person, or in this browser.

    Raises:
        NoSuchOrder: absent, or somebody else's; the answer does not tell which.
    """
    found = list(_theirs(person_id, session_orders).filter(order__reference=reference))
    if not found:
        raise NoSuchOrder
    return _view(_telling_most(found))


def orders_of(person_id: UUID | None, session_orders: Collection[str]) -> list[OrderView]:
    """Their orders, newest first, each with the payment that tells most about it."""
    orders: dict[UUID, list[Payment]] = {}
    for payment in _theirs(person_id, session_orders)[:200]:
        orders.setdefault(payment.order_id, []).append(payment)
    return [_view(_telling_most(payments)) for payments in orders.values()]


def payments_of_order(order_id: UUID) -> list[OrderView]:
    """Every payment of an order, the newest first: an order may be paid by card or by transfer."""
    rows = Payment.objects.filter(order_id=order_id).select_related("order").prefetch_related("order__lines")
    return [_view(payment) for payment in rows.order_by("-id")]


def pending_payments(*, limit: int | None = None) -> list[OrderView]:
    """Payments that wait for a decision of staff, oldest first, at most so many. For staff only."""
    unconfirmed = Intervention.objects.filter(trouble=Trouble.UNCONFIRMED, closed_at=None).values("payment_id")
    queued = Queued.objects.filter(waits=True).values("payment_id")
    waiting = Payment.objects.filter(
        Q(access__in=(Access.PENDING, Access.SUSPENDED)) & ~Q(state=PaymentState.DISPUTED)
        | Q(state__in=(PaymentState.QUESTIONED, PaymentState.CONFIRMING), access=Access.NONE),
        id__in=queued.union(unconfirmed),
    )
    rows = waiting.select_related("order").prefetch_related("order__lines").order_by("id")
    return [_view(payment) for payment in rows[:limit]]


def payments_list(*, state: str | None = None, limit: int = 50) -> list[OrderView]:
    """The newest payments, of one state if named. For staff only."""
    rows = Payment.objects.select_related("order").prefetch_related("order__lines").order_by("-id")
    return [_view(payment) for payment in (rows.filter(state=state) if state else rows)[:limit]]


def payments_of(person_id: UUID) -> list[Payment]:
    """Every payment in a person's name, whoever ordered it, the newest first. For staff only."""
    rows = Payment.objects.filter(person_id=person_id).select_related("order", "person")
    return list(rows.prefetch_related("order__lines").order_by("-id"))


def find_payment(text: str) -> Payment:
    """A payment by its id, or by its order's reference (the newest). For staff only.

    Raises:
        NoSuchOrder: nothing fits.
    """
    rows = Payment.objects.select_related("order", "person").order_by("-id")
    try:
        found = rows.filter(id=UUID(text)).first()
    except ValueError:
        found = rows.filter(order__reference=text.strip().upper()).first()
    if found is None:
        raise NoSuchOrder(f"No payment has the id or reference {text!r}.")
    return found


def evidence_of(payment_id: UUID) -> list[dict[str, Any]]:
    """What was brought for a payment, in the order in which it was stored."""
    fields = ("key", "kind", "source", "at", "recorded_at", "data", "digest")
    return list(Evidence.objects.filter(payment_id=payment_id).order_by("recorded_at").values(*fields))


def stages_of(payment_id: UUID) -> list[tuple[str, datetime]]:
    """When a payment passed each stage, in time's order."""
    return list(Stage.objects.filter(payment_id=payment_id).order_by("at").values_list("stage", "at"))


def screens_of(payment_id: UUID) -> tuple[int, int]:
    """How many listening browsers were told that the payment opened something, and how many of them showed it."""
    row = Screens.objects.filter(pk=payment_id).first()
    return (row.told, min(row.shown, row.told)) if row else (0, 0)


@dataclass(frozen=True, slots=True)
class InterventionView:
    """What a person must look at, by when, and what to do. `subject` is a payment's id or a message's digest."""

    id: UUID
    trouble: str
    subject: str
    suggestion: str
    owner: str
    deadline: datetime


def open_interventions() -> list[InterventionView]:
    """What waits for a person, the nearest deadline first. For staff only."""
    fields = ("id", "trouble", "subject", "suggestion", "owner", "deadline")
    rows = Intervention.objects.filter(closed_at=None).order_by("deadline").values_list(*fields)
    return [InterventionView(*row) for row in rows]


def deliveries_of(payment_id: UUID) -> list[Delivery]:
    """The raw webhooks of a payment that are still kept."""
    return list(Delivery.objects.filter(payment_id=payment_id).order_by("received_at"))


def order_ids(session_orders: Collection[str]) -> list[UUID]:
    """Ids of orders made in this browser, from the references in its session."""
    return list(Order.objects.filter(reference__in=list(session_orders)[:100]).values_list("id", flat=True))


def _theirs(person_id: UUID | None, session_orders: Collection[str]) -> QuerySet[Payment]:
    theirs = Q(order_id__in=order_ids(session_orders))
    if person_id is not None:
        # An unpaid order that somebody made by typing this address is theirs alone: paying it would open their browser.
        theirs |= Q(person_id=person_id) & (Q(order__signed_in=True) | Q(state__in=RECEIVED))
    rows: QuerySet[Payment] = Payment.objects.filter(theirs)
    return rows.select_related("order").prefetch_related("order__lines").order_by("-id")


def _telling_most(payments: list[Payment]) -> Payment:
    """Of an order's payments, the newest first: the one with access, else one with money, else the newest."""
    return min(payments, key=lambda payment: (payment.access != Access.OPEN, payment.state not in DECIDABLE | RECEIVED))


def _view(payment: Payment) -> OrderView:
    order = payment.order
    line = order.lines.all()[0]
    links = payment.facts.get("links") or [{}]
    return OrderView(
        reference=payment.reference,
        order_id=order.id,
        person_id=payment.person_id,
        title=line.title,
        item=line.item,
        amount=Money(payment.amount_minor, payment.currency),
        created_at=order.created_at,
        payment_id=payment.id,
        payment_state=PaymentState(payment.state),
        access=Access(payment.access),
        pay_url=links[0].get("url", ""),
        language=order.language,
        method=payment.gateway,
    )
