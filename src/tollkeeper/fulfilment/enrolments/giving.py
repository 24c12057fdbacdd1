"""Acts of staff on access that no payment moves: give a course for free, and send somebody the way in once more."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from tollkeeper.accounts.addresses import normal_email
from tollkeeper.accounts.limits import Count, Limit, take_try
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import person_for_checkout
from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import courses_by_id
from tollkeeper.core import audit
from tollkeeper.core.ids import new_id, parse_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.errors import AlreadyOpen, NothingOpen
from tollkeeper.fulfilment.enrolments.queries import has_access, open_courses
from tollkeeper.messaging.outbox import Message, enqueue
from tollkeeper.payments.ledger.queries import find_payment
from tollkeeper.payments.ledger.services import Sold, give_access

RESENDS_PER_ADDRESS = Limit("resend.address", 3, 60 * 60)
"""Nobody's mailbox is filled by a hurried desk."""


@dataclass(frozen=True, slots=True)
class Given:
    """A course that was given. `reference` names its order of nothing, as on a receipt."""

    email: str
    reference: str


def give_course(*, email: str, course: Course, language: str, by: str, reason: str) -> Given:
    """Open a course for somebody without payment. They are told by mail.

    Args:
        email: whose; a person is made where there is none.
        language: of the mail, for a person who is new here; others are written to in their own.
        by: the member of staff, for the audit log.
        reason: one sentence, kept.

    Raises:
        BadEmail: it is no address.
        AlreadyOpen: they have it.
        ReasonNeeded, NotNow.
    """
    with transaction.atomic():
        person = person_for_checkout(email=email, language=language)
        Person.objects.select_for_update().get(pk=person.pk)  # two of the desk at once give once
        if has_access(course.id, person_id=person.pk, order_ids=()):
            raise AlreadyOpen(f"{person.email} has {course.title} open already.")
        payment = give_access(
            person.pk,
            Sold(course.item, course.title, 0),
            currency=course.currency,
            language=person.language,
            by=by,
            reason=reason.strip(),
        )
    return Given(person.email, payment.reference)


def resend_access(whom: str, *, by: str) -> str:
    """Send a customer the way to their open courses again: to the address of the account, and nowhere else.

    Args:
        whom: an e-mail address, or an order's reference in any spelling.
        by: who asks, for the audit log.

    Returns:
        The address that the mail goes to.

    Raises:
        BadEmail, BadReference, NoSuchOrder: it names nobody.
        NothingOpen: they have no open course.
        TooManyTries: three an hour are enough for one mailbox.
    """
    person = _named(whom)
    courses = courses_by_id(open_courses(person_id=person.pk, order_ids=()))
    if not courses:
        raise NothingOpen(f"{person.email} has no open course.")
    with transaction.atomic():
        take_try([Count(RESENDS_PER_ADDRESS, person.email)])
        with raw_cursor() as cursor:
            enqueue(cursor, [_letter(person, sorted(courses.values(), key=lambda one: one.title))])
            data = {"courses": sorted(course.slug for course in courses.values())}
            audit.record(cursor, act="enrolment.resend", thing=person.email, by=by, data=data)
    return person.email


def _named(whom: str) -> Person:
    if "@" not in whom:
        return Person.objects.get(pk=find_payment(parse_reference(whom)).person_id)
    email = normal_email(whom)
    person = Person.objects.with_email(email).first()
    if person is None:
        raise NothingOpen(f"Nobody has bought with the address {email}.")
    return person


def _letter(person: Person, courses: list[Course]) -> Message:
    address = settings().address
    with override(person.language):
        values = {
            "shop": settings().shop_name,
            "courses": "\n".join(f"{course.title}: {address}/learn/{course.slug}/" for course in courses),
            "sign_in": f"{address}/account/sign-in/?next=/my/courses/",
        }
        subject = _("Your courses at %(shop)s") % values
        text = (
            _(
                "Hello,\n\nthese courses are open for you at %(shop)s:\n\n%(courses)s\n\n"
                "On a device where you have not signed in yet, sign in first, with this e-mail address:\n\n%(sign_in)s"
            )
            % values
        )
    return Message(
        dedupe_key=f"access.resend:{new_id()}",
        recipient=person.email,
        subject=subject,
        text=text,
        language=person.language,
    )
