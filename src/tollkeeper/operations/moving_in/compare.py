"""Decides what shall become of each row: against the other rows, against what was brought before, against the shop.

Nothing is written here; this is all that a dry run does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Q
from django.db.models.functions import Lower

from tollkeeper.accounts.models import Person as PersonHere
from tollkeeper.catalog.models import Course as CourseHere
from tollkeeper.core.database import statements
from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.queries import has_access
from tollkeeper.operations.moving_in.plan import Outcome, Plan, Planned, Verdict
from tollkeeper.operations.moving_in.rows import Course, Enrolment, Lesson, Payment, Person, Row
from tollkeeper.payments.ledger.queries import payments_of_order
from tollkeeper.payments.ledger.state import PaymentState

SQL = statements("tollkeeper.operations.moving_in")
BATCH = 500
LINK_GATEWAY = "ikhokha"
LINK_CURRENCY = "ZAR"

Tick = Callable[[int], None]
"""Hears how many rows more were looked at."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was brought of a row before."""

    digest: str
    thing: UUID
    run_id: UUID
    outcome: Outcome


class Comparison:
    """Compares the rows of one import."""

    def __init__(self, plan: Plan, *, source: str, run_id: UUID | None, tick: Tick) -> None:
        """Args:
        run_id: the run that is being gone on with; its own rows keep the outcome that they had then.
        """
        self._plan = plan
        self._source = source
        self._run_id = run_id
        self._tick = tick

    def compare(self) -> None:
        """Decide every row."""
        self._plan.add_profiles()
        self._each("people", Person, self._people)
        self._each("courses", Course, self._courses)
        self._each("lessons", Lesson, self._lessons)
        for kind, shape in (("enrolments", Enrolment), ("payments", Payment)):
            self._each(kind, shape, self._pairs)
        self._each("payments", Payment, self._payments)
        self._each("enrolments", Enrolment, self._enrolments)

    def _each(
        self,
        kind: str,
        shape: type[Row],
        judge: Callable[[list[Planned], dict[str, Arrived]], Iterator[Verdict]],
    ) -> None:
        for rows in self._plan.batches(kind, "outcome IS NULL", shape, batch=BATCH):
            arrived = self._arrived(kind, [row.key for row in rows])
            self._plan.decide(list(judge(rows, arrived)))
            self._tick(len(rows))

    def _arrived(self, kind: str, keys: Sequence[str]) -> dict[str, Arrived]:
        with raw_cursor() as cursor:
            cursor.execute(SQL["read_arrivals"], {"source": self._source, "kind": kind, "keys": list(keys)})
            rows = cursor.fetchall()
        return {key: Arrived(digest, thing, run_id, Outcome(word)) for key, digest, thing, run_id, word in rows}

    def _as_before(self, row: Planned, before: Arrived) -> Verdict | None:
        """The verdict on what is already here as it stands there."""
        if before.digest != row.digest:
            return None
        mine = self._run_id is not None and before.run_id == self._run_id
        return Verdict(row.n, before.outcome if mine else Outcome.SAME, thing=before.thing)

    # Each kind

    def _people(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        emails = [row.row.email for row in rows]
        ids = [before.thing for before in arrived.values()]
        here = PersonHere.objects.alias(compared=Lower("email")).filter(Q(compared__in=emails) | Q(pk__in=ids))
        people = list(here)
        by_email = {person.email.lower(): person for person in people}
        by_id = {person.pk: person for person in people}
        for row in rows:
            before = arrived.get(row.key)
            if before is None:
                yield _newcomer(row, by_email.get(row.row.email))
            else:
                yield self._as_before(row, before) or _moved_on(row, before, by_id.get(before.thing))

    def _courses(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        slugs = [row.row.slug for row in rows]
        here = dict(CourseHere.objects.filter(slug__in=slugs).values_list("slug", "pk"))
        claimed: set[str] = set()
        for row in rows:
            before = arrived.get(row.key)
            if before is not None:
                yield self._as_before(row, before) or _kept(row, before)
            elif thing := here.get(row.row.slug):
                reason = f"The shop has a course at the address {row.row.slug}; enrolments go to that one."
                yield Verdict(row.n, Outcome.MERGED, reason, thing=thing, todo=True)
            elif row.row.slug in claimed:
                yield Verdict(row.n, Outcome.REFUSED, f"Two courses have the address {row.row.slug}.", "Change one.")
            else:
                claimed.add(row.row.slug)
                yield Verdict(row.n, Outcome.NEW, todo=True)

    def _lessons(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        for row in rows:
            before = arrived.get(row.key)
            course = self._plan.find("courses", row.row.course, Course)
            if before is not None:
                yield self._as_before(row, before) or _kept(row, before)
            elif course is None:
                yield _refused(row, f"There is no course {row.row.course!r}.", "Bring the course too, or correct this.")
            elif course.outcome is Outcome.MERGED:
                yield Verdict(row.n, Outcome.PASSED, "Its course is the shop's own, which keeps its own lessons.")
            else:
                yield Verdict(row.n, Outcome.NEW, todo=True)

    def _pairs(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        """Find out whom each row is about; whoever is not found is refused here."""
        for row in rows:
            person = self._plan.find("people", row.row.person, Person)
            called = row.row.course or (self._plan.course_of_payment(row.key) if row.kind == "payments" else "")
            course = self._plan.find("courses", called, Course) if called else None
            if person is None:
                wrong = f"There is no person {row.row.person[:80]!r}, or they were refused."
                yield _refused(row, wrong, "Bring the person too, or correct this.")
            elif course is None:
                wrong = f"There is no course {called[:80]!r}, or it was refused."
                yield _refused(row, wrong, "Bring the course too, or correct this.")
            else:
                self._plan.pair_up(row.n, person, course)

    def _payments(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        for row in rows:
            before = arrived.get(row.key)
            if before is not None:
                yield self._as_before(row, before) or self._paid_since(row, before)
            elif row.row.standing == "paid":
                yield self._paid(row)
            elif row.row.standing == "open":
                yield self._open(row)
            else:
                yield Verdict(row.n, Outcome.PASSED, f"It is {row.row.status} there: nothing is brought.")

    def _enrolments(self, rows: list[Planned], arrived: dict[str, Arrived]) -> Iterator[Verdict]:
        for row in rows:
            before = arrived.get(row.key)
            if before is not None:
                yield self._as_before(row, before) or _kept(row, before)
            elif row.row.standing != "open":
                yield Verdict(row.n, Outcome.PASSED, f"It is {row.row.status} there: no access.")
            elif self._plan.beside(row.n, "payments", "paid"):
                yield Verdict(row.n, Outcome.MERGED, "Its payment opens it.")
            elif self._is_open_here(row):
                yield Verdict(row.n, Outcome.MERGED, "The person has the course here already.")
            else:
                yield Verdict(row.n, Outcome.NEW, todo=True)

    # Payments

    def _paid(self, row: Planned) -> Verdict:
        closed = self._plan.beside(row.n, "enrolments", "closed")
        if closed and not self._plan.beside(row.n, "enrolments", "open", "waiting"):
            reason = "It was paid, but access was taken back there."
            return Verdict(row.n, Outcome.PASSED, reason, "Look into it; staff can give the course by hand.")
        return Verdict(row.n, Outcome.NEW, thing=order_id(self._source, row), todo=True)

    def _open(self, row: Planned) -> Verdict:
        if self._plan.beside(row.n, "payments", "paid"):
            return Verdict(row.n, Outcome.PASSED, "Not paid; another payment opened the course.")
        if not row.row.link_id:
            return Verdict(row.n, Outcome.PASSED, "Not paid, and no link is known that could still be.")
        known = not row.row.method or LINK_GATEWAY in row.row.method or row.row.method == "card"
        if not known or row.row.currency != LINK_CURRENCY or row.row.amount_minor == 0:
            return Verdict(row.n, Outcome.PASSED, f"Not paid, and not a link of iKhokha in {LINK_CURRENCY}.")
        return Verdict(row.n, Outcome.NEW, thing=order_id(self._source, row), todo=True)

    def _paid_since(self, row: Planned, before: Arrived) -> Verdict:
        """A payment that reads otherwise than when it was brought: a link that has been paid counts, nothing else."""
        here = payments_of_order(before.thing)
        if row.row.standing == "paid" and here and all(one.payment_state is not PaymentState.PAID for one in here):
            return Verdict(row.n, Outcome.CHANGED, thing=before.thing, todo=True)
        return _kept(row, before)

    def _is_open_here(self, row: Planned) -> bool:
        person = self._plan.find("people", row.row.person, Person)
        course = self._plan.find("courses", row.row.course, Course)
        if person is None or course is None or person.thing is None or course.thing is None:
            return False
        return has_access(course.thing, person_id=person.thing, order_ids=())


def order_id(source: str, row: Planned) -> UUID:
    """The order that a row becomes: the same for the same row, whenever it is brought."""
    return uuid5(NAMESPACE_URL, f"tollkeeper:moving-in\n{source}\n{row.kind}\n{row.key}")


def _newcomer(row: Planned, here: PersonHere | None) -> Verdict:
    if here is None:
        return Verdict(row.n, Outcome.NEW, todo=True)
    reason = "The address is a person here already; their name and password stay."
    return Verdict(row.n, Outcome.MERGED, reason, thing=here.pk, todo=True)


def _moved_on(row: Planned, before: Arrived, here: PersonHere | None) -> Verdict:
    """A person who changed there since: followed as long as they have not been seen here."""
    if here is None or here.last_login is not None or here.is_staff or here.email.lower() != row.row.email:
        return _kept(row, before)
    return Verdict(row.n, Outcome.CHANGED, thing=here.pk, todo=True)


def _kept(row: Planned, before: Arrived) -> Verdict:
    reason = "It was changed there after it was brought; what is here stays."
    return Verdict(row.n, Outcome.LEFT, reason, "Change it here by hand if it matters.", thing=before.thing)


def _refused(row: Planned, wrong: str, mend: str) -> Verdict:
    return Verdict(row.n, Outcome.REFUSED, wrong, mend)
