"""Who may open what, and how far they have come in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tollkeeper.catalog.models import Lesson
from tollkeeper.catalog.queries import lessons_of_many
from tollkeeper.fulfilment.enrolments.models import Grant, Progress
from tollkeeper.payments.ledger.queries import OrderView, pending_payments

OPEN = "open"


def open_courses(*, person_id: UUID | None, order_ids: Collection[UUID]) -> frozenset[UUID]:
    """Ids of the courses that a person, or the orders of a browser, have open. Any live grant opens the door."""
    if person_id is None and not order_ids:
        return frozenset()
    theirs = Q(payment__order_id__in=order_ids)
    if person_id is not None:
        theirs |= Q(person_id=person_id)
    return frozenset(Grant.objects.filter(theirs, state=OPEN).values_list("course_id", flat=True))


def has_access(course_id: UUID, *, person_id: UUID | None, order_ids: Collection[UUID]) -> bool:
    """Whether they may open the course."""
    return course_id in open_courses(person_id=person_id, order_ids=order_ids)


def pending_approvals() -> list[OrderView]:
    """What waits for a decision of staff, oldest first. For staff only."""
    return pending_payments()


def done_lessons(
    course_ids: Collection[UUID], *, person_id: UUID | None, order_ids: Collection[UUID]
) -> dict[UUID, datetime]:
    """The lessons that a person, or the orders of a browser, have done, with when; those of the named courses."""
    if not course_ids or (person_id is None and not order_ids):
        return {}
    theirs = Q(order_id__in=order_ids)
    if person_id is not None:
        theirs |= Q(person_id=person_id)
    rows = Progress.objects.filter(theirs, lesson__course_id__in=course_ids).order_by("-done_at")
    return dict(rows.values_list("lesson_id", "done_at"))


def order_that_opens(course_id: UUID, *, order_ids: Collection[UUID]) -> UUID | None:
    """Which of a browser's orders has the course open; None where none has."""
    held = Grant.objects.filter(course_id=course_id, payment__order_id__in=order_ids, state=OPEN)
    return held.order_by("id").values_list("payment__order_id", flat=True).first()


@dataclass(frozen=True, slots=True)
class Reading:
    """A course as its reader stands in it.

    Args:
        lessons: all of the course, in order.
        done: when each lesson was done, by the lesson's id; lessons of other courses do no harm.
    """

    lessons: tuple[Lesson, ...]
    done: Mapping[UUID, datetime]

    @property
    def total(self) -> int:
        """How many lessons there are."""
        return len(self.lessons)

    @property
    def count(self) -> int:
        """How many are done."""
        return sum(lesson.pk in self.done for lesson in self.lessons)

    @property
    def has_begun(self) -> bool:
        """Whether any is done."""
        return self.count > 0

    @property
    def is_finished(self) -> bool:
        """Whether all are done."""
        return 0 < self.total == self.count

    @property
    def place(self) -> Lesson | None:
        """Where the reader stopped: the first lesson to do after the one done last, else the first one left to do.

        Of a finished course, and of one without lessons, None.
        """
        order = list(self.lessons)
        last = max((one for one in order if one.pk in self.done), key=lambda one: self.done[one.pk], default=None)
        after = order.index(last) + 1 if last is not None else 0
        return next((one for one in [*order[after:], *order[:after]] if one.pk not in self.done), None)


def readings(
    course_ids: Collection[UUID], *, person_id: UUID | None, order_ids: Collection[UUID]
) -> dict[UUID, Reading]:
    """How far a person, or the orders of a browser, have come in each course; two statements however many there are."""
    lessons = lessons_of_many(course_ids)
    done = done_lessons(course_ids, person_id=person_id, order_ids=order_ids)
    return {course_id: Reading(tuple(lessons.get(course_id, ())), done) for course_id in course_ids}
