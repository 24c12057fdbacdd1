"""Who may open what."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from tollkeeper.fulfilment.enrolments.models import Grant
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
