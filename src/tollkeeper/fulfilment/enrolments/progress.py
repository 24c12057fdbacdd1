"""What learners say they have done. Saying it twice changes nothing; only who may read the course may say it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tollkeeper.fulfilment.enrolments.errors import NotYourCourse
from tollkeeper.fulfilment.enrolments.models import Grant, Progress
from tollkeeper.fulfilment.enrolments.queries import has_access, order_that_opens


def mark_done(lesson_id: UUID, course_id: UUID, *, person_id: UUID | None, order_ids: Collection[UUID]) -> None:
    """Note that the learner is done with a lesson; the first time counts.

    Args:
        lesson_id, course_id: the lesson and its course.
        person_id: who is signed in; None for a guest, whose progress is kept with the order that opens the course.
        order_ids: of orders made in this browser.

    Raises:
        NotYourCourse: the course is not open for them.
    """
    if not has_access(course_id, person_id=person_id, order_ids=order_ids):
        raise NotYourCourse
    order_id = None if person_id is not None else order_that_opens(course_id, order_ids=order_ids)
    Progress.objects.bulk_create(
        [Progress(person_id=person_id, order_id=order_id, lesson_id=lesson_id)], ignore_conflicts=True
    )


def mark_not_done(lesson_id: UUID, *, person_id: UUID | None, order_ids: Collection[UUID]) -> None:
    """Take it back: the learner wants to read the lesson again. What was never done stays so."""
    theirs = Q(order_id__in=order_ids)
    if person_id is not None:
        theirs |= Q(person_id=person_id)
    Progress.objects.filter(theirs, lesson_id=lesson_id).delete()


def adopt(*, person_id: UUID, order_ids: Collection[UUID]) -> int:
    """Give a person what was read as a guest: when they sign in, in the browser that made the orders.

    Only orders in the person's own name count: a friend's order in the same browser stays the friend's.

    Returns:
        How many lessons moved.
    """
    with transaction.atomic():
        own = Grant.objects.filter(person_id=person_id, payment__order_id__in=order_ids)
        kept = Progress.objects.filter(order_id__in=own.values("payment__order_id")).select_for_update()
        rows = list(kept.order_by("done_at"))
        Progress.objects.bulk_create(
            [Progress(person_id=person_id, lesson_id=row.lesson_id, done_at=row.done_at) for row in rows],
            ignore_conflicts=True,
        )
        Progress.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
