"""Does what was planned, in short transactions. Each remembers its rows, so that what is done stays done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.contrib.auth.hashers import make_password
from django.db import Error as DatabaseError
from django.db import transaction

from tollkeeper.accounts.models import Person as PersonHere
from tollkeeper.catalog.models import Course as CourseHere
from tollkeeper.catalog.models import Lesson as LessonHere
from tollkeeper.core import clock, runs
from tollkeeper.core.database import as_json, statements
from tollkeeper.core.errors import Refusal
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.core.switchboard import NotNow
from tollkeeper.operations.moving_in.compare import LINK_GATEWAY, Tick, order_id
from tollkeeper.operations.moving_in.plan import Outcome, Plan, Planned, Verdict
from tollkeeper.operations.moving_in.rows import Course, Enrolment, Lesson, Payment, Person, Row
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.queries import payments_of_order
from tollkeeper.payments.ledger.services import Earlier, OpenLink, Sold, bring, bring_earlier, bring_open_links
from tollkeeper.payments.ledger.state import Evidence, Kind

SQL = statements("tollkeeper.operations.moving_in")
BATCHES = {"people": 500, "courses": 50, "lessons": 100, "payments": 100, "enrolments": 100}
"""Rows in one transaction: some hundred milliseconds each."""

log = structlog.get_logger("moving_in")

Act = Callable[[list[Planned]], list[UUID]]


@dataclass(frozen=True, slots=True)
class Errand:
    """Whose import it is.

    Args:
        source: the earlier system's name.
        run_id: the run.
        by: who asked for it.
    """

    source: str
    run_id: UUID
    by: str


class Hand:
    """Carries the rows of one import over."""

    def __init__(self, plan: Plan, errand: Errand, *, tick: Tick) -> None:
        self._plan = plan
        self._errand = errand
        self._tick = tick

    def carry(self) -> None:
        """Write everything that is to be written.

        Raises:
            NotNow: the switchboard refuses; what was written stays, and the run can be gone on with.
        """
        self._each("people", Person, self._people)
        self._each("courses", Course, self._courses)
        self._each("lessons", Lesson, self._lessons)
        self._each("payments", Payment, self._payments)
        self._each("enrolments", Enrolment, self._enrolments)

    def _each(self, kind: str, shape: type[Row], act: Act) -> None:
        for rows in self._plan.batches(kind, "todo = 1", shape, batch=BATCHES[kind]):
            self._carry_batch(kind, rows, act)
            self._tick(len(rows))

    def _carry_batch(self, kind: str, rows: list[Planned], act: Act) -> None:
        try:
            self._write(kind, rows, act)
        except NotNow:
            raise
        except (Refusal, DatabaseError) as error:
            if len(rows) > 1:
                for row in rows:
                    self._carry_batch(kind, [row], act)
                return
            log.warning("moving_in.refused", kind=kind, line=rows[0].line, error=f"{type(error).__name__}: {error}")
            sentence = error.sentence if isinstance(error, Refusal) else f"The database refuses it: {error}"
            self._plan.decide([Verdict(rows[0].n, Outcome.REFUSED, " ".join(sentence.split()), "Please report this.")])

    def _write(self, kind: str, rows: list[Planned], act: Act) -> None:
        """The rows and the memory of them, in one transaction."""
        with transaction.atomic():
            things = act(rows)
            arrivals = [
                {"key": row.key, "digest": row.digest, "thing_id": thing, "outcome": row.outcome}
                for row, thing in zip(rows, things, strict=True)
            ]
            told = {"source": self._errand.source, "kind": kind, "run_id": self._errand.run_id}
            with raw_cursor() as cursor:
                cursor.execute(SQL["insert_arrivals"], told | {"arrivals": as_json(arrivals)})
                runs.keep(cursor, self._errand.run_id)
        self._plan.done([(row.n, thing) for row, thing in zip(rows, things, strict=True)])

    # Each kind

    def _people(self, rows: list[Planned]) -> list[UUID]:
        fresh = [_person(row.row) for row in rows if row.outcome is Outcome.NEW]
        PersonHere.objects.bulk_create(fresh, ignore_conflicts=True)
        for row in rows:
            if row.outcome is Outcome.CHANGED and row.thing is not None:
                seen_here = {"last_login__isnull": True, "is_staff": False}
                PersonHere.objects.filter(pk=row.thing, **seen_here).update(**_told_of(row.row))
        missing = [row.row.email for row in rows if row.thing is None]
        made = {person.email.lower(): person.pk for person in fresh}
        if missing:
            stored = PersonHere.objects.filter(pk__in=made.values()).values_list("pk", flat=True)
            made = {email: key for email, key in made.items() if key in set(stored)}
        return [row.thing or made.get(row.row.email) or _person_of(row.row.email) for row in rows]

    def _courses(self, rows: list[Planned]) -> list[UUID]:
        fresh = {row.n: _course(row.row) for row in rows if row.outcome is Outcome.NEW}
        CourseHere.objects.bulk_create(fresh.values())
        return [row.thing or fresh[row.n].pk for row in rows]

    def _lessons(self, rows: list[Planned]) -> list[UUID]:
        things = []
        for row in rows:
            course_id = self._thing("courses", row.row.course, Course)
            there = LessonHere.objects.filter(course_id=course_id)
            slugs = set(there.values_list("slug", flat=True))
            positions = set(there.values_list("position", flat=True))
            things.append(_lesson(row.row, course_id, slugs, positions).pk)
        return things

    def _payments(self, rows: list[Planned]) -> list[UUID]:
        paid = [row for row in rows if row.row.standing == "paid" and row.outcome is Outcome.NEW]
        bring_earlier([self._earlier(row, row.row.amount_minor, row.row.at) for row in paid], by=self._errand.by)
        bring_open_links([self._open_link(row) for row in rows if row.row.standing == "open"])
        since = [self._received(row) for row in rows if row.outcome is Outcome.CHANGED]
        bring([one for found in since for one in found])
        return [order_id(self._errand.source, row) for row in rows]

    def _enrolments(self, rows: list[Planned]) -> list[UUID]:
        bring_earlier([self._earlier(row, 0, row.row.at or clock.now()) for row in rows], by=self._errand.by)
        return [order_id(self._errand.source, row) for row in rows]

    # Of payments

    def _earlier(self, row: Planned, amount_minor: int, at: Any) -> Earlier:
        person, sold, currency = self._bought(row, amount_minor)
        return Earlier(
            order_id=order_id(self._errand.source, row),
            person_id=self._thing("people", row.row.person, Person),
            sold=sold,
            currency=currency,
            paid_at=at,
            language=person.language,
            origin=f"{self._errand.source}, {row.place} {row.key}",
        )

    def _open_link(self, row: Planned) -> OpenLink:
        person, sold, currency = self._bought(row, row.row.amount_minor)
        return OpenLink(
            order_id=order_id(self._errand.source, row),
            person_id=self._thing("people", row.row.person, Person),
            sold=sold,
            currency=currency,
            opened_at=row.row.at,
            language=person.language,
            gateway=LINK_GATEWAY,
            link=Link(row.row.link_id, _pay_page(row.row)),
            payment_id=_uuid(row.row.external_id),
        )

    def _received(self, row: Planned) -> list[Evidence]:
        """The earlier system took the money of a link that was brought while it was open."""
        found = payments_of_order(row.thing) if row.thing else []
        return [
            Evidence(
                payment.payment_id,
                Kind.RECEIVED,
                "received:import",
                "import",
                row.row.at,
                link=Link(row.row.link_id),
                amount_minor=row.row.amount_minor,
                by=self._errand.by,
            )
            for payment in found[:1]
        ]

    def _bought(self, row: Planned, amount_minor: int) -> tuple[Any, Sold, str]:
        person = self._plan.find("people", row.row.person, Person)
        called = row.row.course or self._plan.course_of_payment(row.key)
        course = self._plan.find("courses", called, Course)
        if person is None or course is None or course.thing is None:
            raise Refusal(f"The course or the person of {row.key} was refused.")
        currency = getattr(row.row, "currency", course.row.currency)
        return person.row, Sold(f"course:{course.thing}", course.row.title, amount_minor), currency

    def _thing(self, kind: str, called: str, shape: type[Row]) -> UUID:
        found = self._plan.find(kind, called, shape)
        if found is None or found.thing is None:
            raise Refusal(f"{called[:80]!r} was refused, so what belongs to it cannot be brought.")
        return found.thing


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _person(row: Any) -> PersonHere:
    told = _told_of(row)
    made = row.created_at or clock.now()
    return PersonHere(id=new_id(), email=row.email, created_at=made, **told)


def _told_of(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "language": row.language,
        "password": row.password or make_password(None),
        "claimed_at": row.confirmed_at,
    }


def _person_of(email: str) -> UUID:
    return PersonHere.objects.with_email(email).get().pk


def _course(row: Any) -> CourseHere:
    return CourseHere(
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        description=row.description,
        price_minor=row.price_minor,
        currency=row.currency,
        active=row.active,
        position=row.position,
    )


def _lesson(row: Any, course_id: UUID, slugs: set[str], positions: set[int]) -> LessonHere:
    position = row.position if row.position and row.position not in positions else max(positions, default=0) + 1
    return LessonHere.objects.create(
        course_id=course_id,
        position=position,
        slug=_free(row.slug, slugs),
        title=row.title,
        body=row.body,
        video_url=row.video_url,
        preview=row.preview,
        minutes=row.minutes,
    )


def _free(slug: str, taken: set[str]) -> str:
    """The slug, numbered where it is taken."""
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug[:74]}-{number}"
    return free


def _pay_page(row: Any) -> str:
    """The page's address: as told where it leads to the gateway, else the gateway's own for the link's id."""
    parts = urlsplit(row.link_url)
    if parts.scheme == "https" and parts.hostname in settings().ikhokha_pay_hosts and parts.username is None:
        return str(row.link_url)
    return f"{settings().ikhokha_pay_page}{row.link_id}"
