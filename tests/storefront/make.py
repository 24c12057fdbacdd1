"""A shop to look at: people, courses, and orders in the state that a test needs, brought there by evidence."""

from __future__ import annotations

from uuid import UUID

from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import register_person
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core.clock import now
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.services import Order, Sold, bring, place_order
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment

PAY_PAGE = "https://securepay.ikhokha.red/abc"


def person(email: str, *, is_staff: bool = False) -> Person:
    return register_person(email=email, name="", password=f"correct horse {new_id()}", is_staff=is_staff)


def course(slug: str = "phone-photography", *, title: str = "Photography with a phone", **more) -> Course:
    made = Course.objects.create(
        slug=slug, title=title, summary="Light, frame, moment.", description="It *begins*.", price_minor=52_400, **more
    )
    texts = [("light", "Light", True), ("frame", "Frame", False)]
    Lesson.objects.bulk_create(
        Lesson(
            course=made, position=place, slug=slug, title=title, body=f"All about {slug}.", preview=free, minutes=place
        )
        for place, (slug, title, free) in enumerate(texts, start=1)
    )
    return made


def order(buyer: Person, course: Course, *kinds: Kind, signed_in: bool = True) -> Payment:
    """An order by that person, moved by evidence of these kinds one after the other."""
    sold = Sold(course.item, course.title, course.price_minor)
    with raw_cursor() as cursor:
        payment = place_order(
            cursor, Order(new_id(), new_reference(), buyer.pk, signed_in, "en", "ZAR", "ikhokha", (sold,))
        )
    for kind in kinds:
        bring([evidence(payment.id, kind, course.price_minor)])
    return payment


def evidence(payment_id: UUID, kind: Kind, amount_minor: int) -> Evidence:
    link = Link(f"link-{payment_id.hex[-12:]}", PAY_PAGE)
    amount = amount_minor if kind is Kind.STATUS_PAID else None
    return Evidence(payment_id, kind, f"{kind}:{link.id}", "test", now(), link=link, amount_minor=amount)


def paid(buyer: Person, course: Course, **more) -> Payment:
    return order(buyer, course, Kind.OPENED, Kind.STATUS_PAID, **more)
