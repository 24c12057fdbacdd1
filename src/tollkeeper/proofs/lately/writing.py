"""Lets the demo's past happen: each order, webhook and decision through the real services, then dated back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core import clock
from tollkeeper.core.database import Connection, Cursor, as_json, plain_cursor
from tollkeeper.core.ids import id_at, new_reference
from tollkeeper.core.journal import Line, Position
from tollkeeper.core.orm import raw_transaction
from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.journal import record_fast_tracks, tell_customers
from tollkeeper.fulfilment.enrolments.models import Grant, Progress
from tollkeeper.payments.ledger.journal import tell_staff
from tollkeeper.payments.ledger.queries import payments_list
from tollkeeper.payments.ledger.services import Order, Sold, place_order
from tollkeeper.payments.ledger.state import Payment
from tollkeeper.proofs.lately import dating
from tollkeeper.proofs.lately.happening import STAFF, Happening
from tollkeeper.proofs.lately.lives import LANGUAGES, PLANTS, Life, lives
from tollkeeper.proofs.lately.papers import Desk
from tollkeeper.proofs.lately.plots import DAY, HOUR, MINUTE
from tollkeeper.proofs.lately.webhooks import forged
from tollkeeper.proofs.shop import NotADemo

BUYER = "buyer@example.com"
MAIL_LOST_DAYS = (3, 9)
"""One mail of those days could not be delivered."""


@dataclass(slots=True)
class _School:
    """What the past is written into."""

    raw: Connection
    cursor: Cursor
    now: datetime
    courses: list[Course]
    people: dict[int | None, Person]
    payments: dict[UUID, Life] = field(default_factory=dict)


def give_past() -> int:
    """Give the demo's school some weeks of orders, payments, mails and progress, unless its books hold any order.

    As the tables' owner, in one transaction: all of it or nothing.

    Returns:
        How many orders were made.

    Raises:
        NotADemo: this instance takes real money.
    """
    if settings().production:
        raise NotADemo
    with raw_transaction() as raw, plain_cursor(raw) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tollkeeper.proofs.lately', 0))")
        courses = list(Course.objects.filter(active=True, lessons__isnull=False).distinct().order_by("position"))
        if payments_list(limit=1) or not courses:
            return 0
        now = clock.now()
        made = lives(now, zone=ZoneInfo(settings().time_zone), courses=len(courses))
        school = _School(raw, cursor, now, courses, _people(made))
        _live(school, made)
        _tell(school)
        _read(school)
        for number, hours in enumerate((8.4, 31.0, 31.1, 202.0)):
            cursor.execute(dating.REJECTION, forged(number, now - timedelta(hours=hours)))
        cursor.execute(dating.REJECTION_COUNT)
        return len(made)


def _people(made: list[Life]) -> dict[int | None, Person]:
    """Everybody who orders, known since a minute before their first order."""
    first: dict[int, datetime] = {}
    for life in made:
        if life.buyer is not None:
            first.setdefault(life.buyer, life.at - timedelta(minutes=1))
    nobody = make_password(None)
    new = [
        Person(
            id=id_at(at),
            email=f"{PLANTS[number]}@example.org",
            language=LANGUAGES[number % len(LANGUAGES)],
            password=nobody,
            claimed_at=at if number % 3 else None,
            created_at=at,
        )
        for number, at in first.items()
    ]
    Person.objects.bulk_create(new)
    own = Person.objects.filter(email__in=(BUYER, STAFF))
    own.update(created_at=min(life.at for life in made) - timedelta(days=1))
    return dict(zip(first, new, strict=True)) | {None: Person.objects.with_email(BUYER).get()}


def _live(school: _School, made: list[Life]) -> None:
    """Place every order, and let everything happen in its time."""
    happenings = []
    for life in made:
        payment = _ordered(school, life)
        school.payments[payment.id] = life
        happenings += _happenings(school, life, payment)
    acts, desk = [], Desk()
    for one in sorted(happenings, key=lambda each: each.at):
        acts += one.happen(school.raw, school.cursor, desk)
        school.cursor.execute(dating.BEAT, {"at": one.at, "payment": one.payment.id})
    for at, act, thing, by, data in acts:
        school.cursor.execute(dating.AUDIT, (at, act, thing, by, as_json(data)))
    school.cursor.execute(dating.LADDER)
    school.cursor.execute(dating.LADDER_GOES_ON)


def _ordered(school: _School, life: Life) -> Payment:
    course, person = school.courses[life.course], school.people[life.buyer]
    free = life.plot.method == "complimentary"
    order = Order(
        id=id_at(life.at),
        reference=new_reference(),
        person_id=person.pk,
        signed_in=person.claimed_at is not None,
        language=person.language,
        currency=course.currency,
        gateway=life.plot.method,
        lines=(Sold(course.item, course.title, 0 if free else course.price_minor),),
        at=life.at,
        payment_id=id_at(life.at),
    )
    return place_order(school.cursor, order)


def _happenings(school: _School, life: Life, payment: Payment) -> list[Happening]:
    person = school.people[life.buyer]
    by = person.email if person.claimed_at else payment.reference
    return [
        Happening(life.at + timedelta(seconds=what.after * life.pace), payment, what, by) for what in life.plot.happens
    ]


def _tell(school: _School) -> None:
    """Write the mails and records that follow from the journal, as its readers will find them written."""
    cursor = school.cursor
    cursor.execute(dating.JOURNAL)
    lines = [
        Line(Position(int(xid), number), at, kind, payment_id, person_id, data or {})
        for xid, number, at, kind, payment_id, person_id, data in cursor.fetchall()
    ]
    record_fast_tracks(school.raw, lines)
    for line in lines:  # one by one, so that lists of messages have them in their order
        tell_customers(school.raw, [line])
        tell_staff(school.raw, [line])
    cursor.execute(dating.MAILS)
    lost = (line for line in lines if line.kind == "access.open" and _days_ago(school, line.at) in MAIL_LOST_DAYS)
    for line in list(lost)[:1]:
        cursor.execute(dating.GIVEN_UP, {"payment": line.payment_id})


def _days_ago(school: _School, at: datetime) -> int:
    return (school.now - at).days


def _read(school: _School) -> None:
    """Let people read what they bought: an evening each for a lesson, most of them not to the end."""
    lessons: dict[UUID, list[Lesson]] = {}
    for lesson in Lesson.objects.order_by("course", "position"):
        lessons.setdefault(lesson.course_id, []).append(lesson)
    done = []
    for number, grant in enumerate(
        Grant.objects.filter(state="open").select_related("payment").order_by("granted_at", "id")
    ):
        if grant.payment is None:
            continue
        life = school.payments[grant.payment.pk]
        reader = _reader(school.people[life.buyer], grant.payment.order_id)
        wanted = 2 if life.buyer is None else (number * 7) % (len(lessons[grant.course_id]) + 1)
        at = grant.granted_at + timedelta(seconds=35 * MINUTE)
        for lesson in lessons[grant.course_id][:wanted]:
            if at < school.now:
                done.append(Progress(**reader, lesson=lesson, done_at=at))
            at += timedelta(seconds=1.3 * DAY + (number % 5) * HOUR)
    Progress.objects.bulk_create(done)


def _reader(person: Person, order_id: UUID) -> dict[str, object]:
    """Whose progress it is: the person's, or that of a guest's order."""
    return {"person": person} if person.claimed_at else {"order_id": order_id}
