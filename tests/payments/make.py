"""Orders, payments and evidence about them, for tests of the till and of what stands on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from accounts.make import guest
from catalog.make import course
from tollkeeper.core import clock
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.services import Order, Sold, bring, place_order, read_payment
from tollkeeper.payments.ledger.settle import Outcome
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment

PRICE = 49_900


def placed(
    email: str = "buyer@example.com", *, item: str | None = None, gateway: str = "ikhokha", signed_in: bool = True
) -> Payment:
    """A payment of a fresh order, as the checkout leaves it before the gateway is asked."""
    item = item or course(f"course-{new_id().hex}", price_minor=PRICE).item
    sold = Sold(item, "Course", PRICE)
    order = Order(new_id(), new_reference(), guest(email).pk, signed_in, "en", "ZAR", gateway, (sold,))
    with raw_cursor() as cursor:
        return place_order(cursor, order)


def page(payment: Payment) -> Link:
    """The payment's page at the gateway."""
    return Link(f"page-{payment.id.hex}", f"https://securepay.ikhokha.red/page-{payment.id.hex}")


def fact(payment: Payment, kind: Kind, link: Link | None = None, **more) -> Evidence:
    """Evidence of a kind about a payment, for its own page unless another is named."""
    link = link or page(payment)
    at: datetime = more.pop("at", None) or clock.now()
    if kind is Kind.STATUS_PAID:
        more.setdefault("amount_minor", payment.amount_minor)
    key = more.pop("key", f"{kind}:{link.id}:{more.get('amount_minor', '')}:{more.get('accepted_up_to', '')}")
    return Evidence(payment.id, kind, key, more.pop("source", "test"), at, link=link, **more)


def waiting(*arguments, **more) -> Payment:
    """A payment whose page is open."""
    payment = placed(*arguments, **more)
    tell(payment, Kind.OPENED)
    return now(payment)


def paid(*arguments, **more) -> Payment:
    """A payment that the gateway, asked, calls paid."""
    payment = waiting(*arguments, **more)
    tell(payment, Kind.STATUS_PAID)
    return now(payment)


def tell(payment: Payment, kind: Kind, **more) -> Outcome:
    """Settle one piece of evidence."""
    (outcome,) = bring([fact(payment, kind, **more)])
    return outcome


def now(payment: Payment) -> Payment:
    """The payment as it stands."""
    return read_payment(payment.id)


def standing(payment: Payment) -> tuple[str, str]:
    """State and access as they stand."""
    read = now(payment)
    return read.state.value, read.access.value


def troubles(owner, subject: UUID | str | None = None) -> list[str]:
    """Kinds of the interventions that are open, of a subject if named."""
    rows = owner.execute(
        "SELECT trouble FROM ledger_intervention WHERE closed_at IS NULL AND (%(of)s::text IS NULL OR subject = %(of)s)"
        " ORDER BY trouble",
        {"of": None if subject is None else str(subject)},
    ).fetchall()
    return [trouble for (trouble,) in rows]


def journal(owner, payment: Payment) -> list[str]:
    """Kinds of the payment's journal lines, in their order."""
    rows = owner.execute("SELECT kind FROM core_journal WHERE payment_id = %s ORDER BY xid, id", (payment.id,))
    return [kind for (kind,) in rows.fetchall()]


def grant(owner, payment: Payment) -> str | None:
    """The state of the grant of the payment's line; None where there is none."""
    row = owner.execute("SELECT state FROM enrolments_grant WHERE id = %s", (payment.lines[0].id,)).fetchone()
    return row[0] if row else None


def later(seconds: float) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


def replace(payment: Payment) -> Payment:
    """A payment that is not in the books, otherwise the same."""
    return msgspec.structs.replace(payment, id=new_id())
