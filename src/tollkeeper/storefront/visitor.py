"""Who is looking: a signed-in person, a guest with the orders of this browser, or nobody. Every page asks through here.

Access is never decided from a page's address or a form: only from `(person_id, orders of this session)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.http import HttpRequest

from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course
from tollkeeper.core.ids import parse_reference
from tollkeeper.fulfilment.enrolments.progress import adopt
from tollkeeper.fulfilment.enrolments.queries import Reading, open_courses, readings
from tollkeeper.payments.ledger.queries import OrderView, order_for, order_ids, orders_of
from tollkeeper.payments.ledger.state import Access, PaymentState

SESSION_KEY = "orders"
KEPT = 50
"""References that one browser's session keeps; the oldest fall out (their buyer can still sign in by mail)."""

WAITING = frozenset({PaymentState.CREATED, PaymentState.OPEN, PaymentState.ATTEMPT_FAILED, PaymentState.CONFIRMING})
"""The payment may arrive any moment: the pages keep asking."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a visitor stands towards a course.

    Args:
        state: `open`, `waiting` (for payment), `pending` (approval), `refused` (a proof that staff did not accept),
            `held` (suspended or questioned) or `buy`.
        order: the order behind it; None for `buy`, and for access that no order of the visitor explains.
    """

    state: str
    order: OrderView | None = None


class Visitor:
    """The person or guest behind a request; reads each thing once."""

    def __init__(self, person_id: UUID | None, references: Iterable[str] = ()) -> None:
        self.person_id = person_id
        self.references = tuple(references)

    @classmethod
    def of(cls, request: HttpRequest) -> Visitor:
        """The visitor of a request, the same object each time."""
        known = getattr(request, "visitor", None)
        if not isinstance(known, cls):
            person_id = request.user.pk if request.user.is_authenticated else None
            known = cls(person_id, request.session.get(SESSION_KEY, ()))
            request.visitor = known  # type: ignore[attr-defined]  # a cache for the length of the request
        return known

    @property
    def is_somebody(self) -> bool:
        """Whether there can be anything of theirs."""
        return self.person_id is not None or bool(self.references)

    @cached_property
    def orders(self) -> list[OrderView]:
        """Their orders, newest first."""
        return orders_of(person_id=self.person_id, session_orders=self.references) if self.is_somebody else []

    @cached_property
    def open_courses(self) -> frozenset[UUID]:
        """Ids of the courses they may learn."""
        if not self.is_somebody:
            return frozenset()
        return open_courses(person_id=self.person_id, order_ids=self.orders_here)

    @cached_property
    def orders_here(self) -> tuple[UUID, ...]:
        """Ids of the orders made in this browser; their access is this browser's even where nobody is signed in."""
        return tuple(order.order_id for order in self.orders if order.reference in self.references)

    @property
    def ordered_courses(self) -> frozenset[UUID]:
        """Ids of the courses they ever ordered."""
        items = (order.item.partition(":") for order in self.orders)
        return frozenset(UUID(text) for kind, _colon, text in items if kind == "course")

    def readings(self, course_ids: Collection[UUID]) -> dict[UUID, Reading]:
        """How far they have come in each course."""
        return readings(course_ids, person_id=self.person_id, order_ids=self.orders_here)

    def order(self, reference: str) -> OrderView:
        """One of their orders.

        Raises:
            BadReference, NoSuchOrder: both answered 404; absent and somebody else's look the same.
        """
        # First what the page says it knows (`live_states`): never newer than what it shows, or news would be missed.
        _ = self.orders
        return order_for(parse_reference(reference), person_id=self.person_id, session_orders=self.references)

    def standing(self, course: Course) -> Standing:
        """How they stand towards a course."""
        mine = [order for order in self.orders if order.item == f"course:{course.id}"]
        if course.id in self.open_courses:
            return Standing("open", next(iter(mine), None))
        for order in mine:
            if state := _course_state(order):
                return Standing(state, order)
        return Standing("buy")


def _course_state(order: OrderView) -> str:
    if (order.payment_state, order.access) == (PaymentState.CONFIRMING, Access.REJECTED):
        return "refused"
    if order.access in (Access.REJECTED, Access.ELSEWHERE, Access.REVOKED):
        return ""
    if order.access == Access.SUSPENDED or order.payment_state in (PaymentState.QUESTIONED, PaymentState.DISPUTED):
        return "held"
    if order.access == Access.PENDING or order.payment_state == PaymentState.PAID:
        return "pending"
    return "waiting" if order.payment_state in WAITING else ""


def remember(request: HttpRequest, reference: str) -> None:
    """Let this browser see the order from now on."""
    kept = [known for known in request.session.get(SESSION_KEY, []) if known != reference]
    request.session[SESSION_KEY] = [*kept, reference][-KEPT:]


def bring_progress(request: HttpRequest, user: Person, **_more: object) -> None:
    """At signing in: what was read here as a guest becomes the person's (receiver of `user_logged_in`)."""
    references = request.session.get(SESSION_KEY, ())
    if references:
        adopt(person_id=user.pk, order_ids=order_ids(references))
