"""Access without a gateway: given by staff, or brought along from an earlier system; through settle, like any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tollkeeper.core import audit, clock
from tollkeeper.core.database import plain_cursor
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.switchboard import Capability, demand
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.errors import ReasonNeeded
from tollkeeper.payments.ledger.models import Order as OrderRow
from tollkeeper.payments.ledger.models import Payment as PaymentRow
from tollkeeper.payments.ledger.services.bringing import read_payment, transaction
from tollkeeper.payments.ledger.services.ordering import Order, Sold, place_order
from tollkeeper.payments.ledger.settle import settle
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment


@dataclass(frozen=True, slots=True)
class Earlier:
    """A payment that an earlier system took.

    Args:
        order_id: the same for the same payment, so that bringing it twice is once.
        person_id: who has the access.
        sold: what was bought, and for how much in minor units; 0 where it was free.
        currency: of the amount.
        paid_at: when.
        language: the person's.
        origin: the earlier system, and the payment's name there.
    """

    order_id: UUID
    person_id: UUID
    sold: Sold
    currency: str
    paid_at: datetime
    language: str
    origin: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A payment page that an earlier system opened at a gateway and that may still be paid.

    Args:
        order_id, person_id, sold, currency, language: as of `Earlier`; the amount is above 0.
        opened_at: when.
        gateway: whose page it is.
        link: the page.
        payment_id: what the gateway calls this payment in its callbacks and history, if the earlier system named it so;
            with it a payment that comes weeks later is still found.
    """

    order_id: UUID
    person_id: UUID
    sold: Sold
    currency: str
    opened_at: datetime
    language: str
    gateway: str
    link: Link
    payment_id: UUID | None = None


def give_access(person_id: UUID, sold: Sold, *, currency: str, language: str, by: str, reason: str) -> Payment:
    """Give something for free, as a person of the staff.

    Args:
        person_id: who gets it.
        sold: what; its amount is 0.
        currency: of the shop.
        language: of the mail that tells it.
        by: the member of staff's e-mail address.
        reason: one sentence, kept.

    Raises:
        ReasonNeeded, NotNow.
    """
    if not reason.strip():
        raise ReasonNeeded
    order = Order(
        id=new_id(),
        reference=new_reference(),
        person_id=person_id,
        signed_in=True,
        language=language,
        currency=currency,
        gateway="complimentary",
        lines=(sold,),
    )
    with transaction() as connection, plain_cursor(connection) as cursor:
        demand(cursor, Capability.STAFF_ACT)
        payment = place_order(cursor, order)
        settle(connection, _approved(payment, at=clock.now(), source="staff", by=by, reason=reason))
        audit.record(cursor, act="enrolment.give", thing=str(payment.id), by=by, data={"reason": reason})
    return read_payment(payment.id)


def bring_earlier(batch: Sequence[Earlier], *, by: str) -> list[bool]:
    """Bring payments of an earlier system, with their access, in one transaction. Nobody gets a mail about them.

    Args:
        batch: some hundreds at most, so that no transaction is long.
        by: who imports, for the audit.

    Returns:
        For each, whether it was new; what is here already is left as it is.
    """
    with transaction() as connection, plain_cursor(connection) as cursor:
        here = _known([one.order_id for one in batch])
        evidence: list[Evidence] = []
        for one in batch:
            if one.order_id not in here:
                payment = place_order(cursor, _order(one, "imported", one.paid_at))
                reason = f"Brought along from {one.origin}."
                evidence += _approved(payment, at=one.paid_at, source="import", by=by, reason=reason)
        settle(connection, evidence)
    return [one.order_id not in here for one in batch]


def bring_open_links(batch: Sequence[OpenLink]) -> list[bool]:
    """Bring pages that may still be paid; the ladder asks about them. Arguments and answer as `bring_earlier`."""
    with transaction() as connection, plain_cursor(connection) as cursor:
        here = _known([one.order_id for one in batch])
        named: set[UUID | None] = set(
            PaymentRow.objects.filter(id__in=[one.payment_id for one in batch]).values_list("id", flat=True)
        )
        evidence: list[Evidence] = []
        for one in batch:
            if one.order_id not in here:
                name = None if one.payment_id in named else one.payment_id
                named.add(name)
                payment = place_order(cursor, replace(_order(one, one.gateway, one.opened_at), payment_id=name))
                evidence.append(_opened(payment, one.link, at=one.opened_at, source="import"))
        settle(connection, evidence)
    return [one.order_id not in here for one in batch]


def _known(order_ids: Sequence[UUID]) -> set[UUID]:
    return set(OrderRow.objects.filter(id__in=order_ids).values_list("id", flat=True))


def _order(one: Earlier | OpenLink, gateway: str, at: datetime) -> Order:
    return Order(
        id=one.order_id,
        reference=new_reference(),
        person_id=one.person_id,
        signed_in=True,
        language=one.language,
        currency=one.currency,
        gateway=gateway,
        lines=(one.sold,),
        at=at,
    )


def _opened(payment: Payment, link: Link, *, at: datetime, source: str) -> Evidence:
    return Evidence(payment.id, Kind.OPENED, f"opened:{link.id}", source, at, link=link)


def _approved(payment: Payment, *, at: datetime, source: str, by: str, reason: str) -> list[Evidence]:
    """The money is there, or none is owed; and somebody opens it."""
    link = Link(payment.gateway)
    received = Evidence(
        payment.id, Kind.RECEIVED, "received:1", source, at, link=link, amount_minor=payment.amount_minor, by=by
    )
    act = Evidence(payment.id, Kind.APPROVED, "act:1", source, at, number=1, by=by, reason=reason)
    return [_opened(payment, link, at=at, source=source), received, act]
