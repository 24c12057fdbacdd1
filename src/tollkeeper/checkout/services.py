"""Begin a payment: the order is stored first, then the gateway is asked, then its page is recorded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from tollkeeper.accounts.services import count_guest_order, person_for_checkout
from tollkeeper.catalog.models import Course
from tollkeeper.checkout.errors import AlreadyYours
from tollkeeper.core.database import Cursor, statements
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.money import Money
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.core.switchboard import fence_checkout
from tollkeeper.fulfilment.enrolments.queries import has_access
from tollkeeper.payments.gateways.contract import Intent
from tollkeeper.payments.ledger.services import (
    Order,
    Sold,
    gateway,
    open_page,
    place_order,
    place_payment,
    read_payment,
)
from tollkeeper.payments.ledger.state import BY_HAND, DECIDABLE, Payment, PaymentState

__all__ = ["AlreadyYours", "Begun", "Browser", "Guest", "begin"]

SQL = statements("tollkeeper.payments.ledger")
CARD = "ikhokha"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who buys without signing in.

    Args:
        email: as typed.
        network: whence they come (`accounts.limits.network_of_guest`); "" when unknown.
    """

    email: str
    network: str


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of the browser that orders.

    Args:
        signed_in: whether the buyer is signed in, or somebody typed their address.
        known: references of orders made in it.
    """

    signed_in: bool = False
    known: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A payment that waits for its customer.

    Args:
        reference: of its order.
        payment_id: ours.
        pay_url: the gateway's page, or ours with the bank's details; None where nothing is left to pay.
    """

    reference: str
    payment_id: UUID
    pay_url: str | None


def begin(
    *,
    buyer: UUID | Guest,
    course: Course,
    language: str,
    browser: Browser = Browser(),
    attempt: UUID | None = None,
    method: str = CARD,
) -> Begun:
    """Begin, or go on with, a person's payment for a course.

    Args:
        buyer: who gets the course; a guest who is new becomes a person with the order, or not at all.
        course: what is bought.
        language: of pages and mails.
        browser: that they order in.
        attempt: names this try, so that sending the same form twice is one order.
        method: a gateway's name, or `transfer`; an order that waits by another method gets a second payment.

    Raises:
        AlreadyYours: they have the course.
        NotNow: checkouts are switched off.
        TooManyTries: a guest would make one order too many; nothing is stored.
        GatewaySilent, GatewayRefused: no pay page came; the order is kept and can be tried again.
    """
    if browser.signed_in and isinstance(buyer, UUID) and has_access(course.id, person_id=buyer, order_ids=()):
        raise AlreadyYours
    with raw_cursor() as cursor:
        fence_checkout(cursor)
        person_id = buyer if isinstance(buyer, UUID) else person_for_checkout(email=buyer.email, language=language).pk
        cursor.execute(SQL["lock_person"], {"person_id": person_id})
        looking = _Looking(person_id, course.item, browser, attempt or new_id())
        found = looking.payable(cursor, method)
        payment = found or looking.switched(cursor, method)
        if payment is None:
            _count(buyer)
            payment = place_order(cursor, looking.order(course, language, method))
    if payment.state is PaymentState.CREATED:
        payment = open_page(payment, _intent(payment, course), asked_before=found is not None)
    return _begun(payment)


def _count(buyer: UUID | Guest) -> None:
    """Only a new order counts, and only if it is stored: neither the same form again, nor what was refused."""
    if isinstance(buyer, Guest):
        count_guest_order(email=buyer.email, network=buyer.network)


def _begun(payment: Payment) -> Begun:
    link = payment.facts.links[0] if payment.facts.links else None
    payable = payment.state in {PaymentState.OPEN, PaymentState.ATTEMPT_FAILED}
    return Begun(payment.reference, payment.id, link.url if link and payable else None)


@dataclass(frozen=True, slots=True)
class _Looking:
    """Looks for an order that waits already, as this buyer may see it. Arguments as of `begin`."""

    person_id: UUID
    item: str
    browser: Browser
    attempt: UUID

    def payable(self, cursor: Cursor, method: str | None) -> Payment | None:
        """The newest payment that may still be made, by this method or by any."""
        cursor.execute(
            SQL["payable_payment"],
            {
                "person_id": self.person_id,
                "gateway": method,
                "item": self.item,
                "signed_in": self.browser.signed_in,
                "known": list(self.browser.known),
                "attempt": self.attempt,
            },
        )
        row = cursor.fetchone()
        return read_payment(row[0]) if row else None

    def switched(self, cursor: Cursor, method: str) -> Payment | None:
        """A payment by this method for an order that waits by another; whichever is paid first opens the course.

        A gateway that speaks of money is waited for. A proof of a transfer is only the customer's own word.
        """
        other = self.payable(cursor, None)
        unproven = other and other.gateway in BY_HAND and other.state is PaymentState.CONFIRMING
        if other is None or (other.state in DECIDABLE and not unproven):
            return other
        return place_payment(cursor, other, method=method)

    def order(self, course: Course, language: str, method: str) -> Order:
        """A new one, which the same try finds again."""
        sold = Sold(course.item, course.title, course.price_minor)
        return Order(
            id=self.attempt,
            reference=new_reference(),
            person_id=self.person_id,
            signed_in=self.browser.signed_in,
            language=language,
            currency=course.currency,
            gateway=method,
            lines=(sold,),
        )


def _intent(payment: Payment, course: Course) -> Intent:
    address = settings().address
    return Intent(
        payment_id=payment.id,
        reference=payment.reference,
        amount=Money(payment.amount_minor, payment.currency),
        description=course.title,
        callback_url=f"{settings().origin}{gateway(payment.gateway).callback_path(payment.id)}",
        return_url=f"{address}/orders/{payment.reference}/",
    )
