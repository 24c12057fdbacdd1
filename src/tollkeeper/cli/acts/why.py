"""Tells why somebody has access, or has not: evidence, transitions, grant; in sentences for reading aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tollkeeper.accounts.addresses import normal_email
from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import course_for, courses_by_id
from tollkeeper.cli.acts.books import moment, payment_named
from tollkeeper.cli.acts.replay import Step, agrees, replay
from tollkeeper.cli.output import console, end, print_json, say
from tollkeeper.core.errors import Refusal
from tollkeeper.core.money import Money
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.payments.ledger.queries import evidence_of, payments_of
from tollkeeper.payments.ledger.state import Access, PaymentState

_NOT_OPEN = {
    PaymentState.CREATED: "no page to pay on came from the gateway yet",
    PaymentState.OPEN: "it has not been paid; the payment page still waits",
    PaymentState.ATTEMPT_FAILED: "the bank declined, and it has not been tried again; the payment page still works",
    PaymentState.CONFIRMING: "the gateway says it was paid, and we wait for its own records to agree",
    PaymentState.EXPIRED: "it was never paid, and we stopped waiting; paying now still counts",
    PaymentState.CANCELLED: "the customer cancelled it",
    PaymentState.QUESTIONED: "the gateway gave two different answers, and a person must look",
    PaymentState.PAID: "it is paid, but no access was decided: run `tollkeeper payment prove --repair`",
}
_ACCESS = {
    Access.PENDING: "it is paid and waits for approval by staff",
    Access.SUSPENDED: "the gateway contradicted itself, so it is closed until a person has looked",
    Access.REJECTED: "staff rejected it, and the money is owed back",
    Access.ELSEWHERE: "another payment opened the same order, and this money is owed back",
}


class NobodyLikeThat(Refusal):
    """Nobody with that address has ever ordered here."""

    code = "nobody_like_that"
    remedy = "Ask for the address on the receipt, or for the order's reference."
    http_status = 404


@dataclass(frozen=True, slots=True)
class Story:
    """A payment's story.

    Args:
        payment: its row.
        title: what was bought.
        steps: the evidence and what it did.
        true_to_books: whether the replay ends where the books stand.
        grant: state, route and time of the grant; None where there is none.
    """

    payment: Any
    title: str
    steps: tuple[Step, ...]
    true_to_books: bool
    grant: dict[str, Any] | None

    @property
    def opens(self) -> bool:
        """Whether this payment holds the course open."""
        return self.grant is not None and self.grant["state"] == "open"

    @property
    def answer(self) -> str:
        """Why, in one sentence."""
        payment = self.payment
        amount = Money(payment.amount_minor, payment.currency).display("en_ZA")
        order = f"order {payment.reference} of {moment(payment.created_at)} ({amount})"
        if self.opens:
            return f"{self.title} is open, because {order} is paid."
        state, access = PaymentState(payment.state), Access(payment.access)
        if access is Access.OPEN:
            repair = "run `tollkeeper payment prove --repair`"
            return f"{self.title} should be open by {order}, but its grant is missing: {repair}."
        return f"{self.title} is not open by {order}: {_ACCESS.get(access) or _NOT_OPEN[state]}."


def why(whom: str, course: str | None, *, as_json: bool) -> None:
    """Tell it.

    Raises:
        NobodyLikeThat, NoSuchOrder, BadReference, NoSuchCourse.
    """
    wanted = course_for(course) if course else None
    if "@" in whom:
        person = _person(whom)
        stories = [_story(payment) for payment in payments_of(person.pk)]
        gifts = _gifts(person, wanted)
    else:
        payment = payment_named(whom)
        person, stories, gifts = payment.person, [_story(payment)], []
    if wanted is not None:
        stories = [story for story in stories if f"course:{wanted.id}" in _items(story)]
    if as_json:
        print_json(_as_json(person, stories, gifts))
    else:
        _tell(person, wanted, stories, gifts)
    end(well=all(story.true_to_books for story in stories))


def _person(email: str) -> Person:
    found = Person.objects.with_email(normal_email(email)).first()
    if found is None:
        raise NobodyLikeThat
    return found


def _story(payment: Any) -> Story:
    terms = payment.as_seen_by_reducer()
    replayed, steps = replay(terms, evidence_of(payment.id))
    title = ", ".join(line.title for line in payment.order.lines.all())
    grant = Grant.objects.filter(payment_id=payment.id).values("state", "route", "granted_at", "changed_at").first()
    return Story(payment, title, tuple(steps), agrees(terms, replayed), dict(grant) if grant else None)


def _gifts(person: Person, wanted: Course | None) -> list[Any]:
    """Access that no payment stands behind: given by staff, or brought from elsewhere."""
    rows = Grant.objects.filter(person=person, payment=None)
    return list(rows.filter(course_id=wanted.id) if wanted else rows)


def _tell(person: Person, wanted: Course | None, stories: Sequence[Story], gifts: Sequence[Any]) -> None:
    about = f" {wanted.title}" if wanted else " a course"
    open_now = any(story.opens for story in stories) or any(gift.state == "open" for gift in gifts)
    if wanted or len(stories) == 1:
        what = wanted.title if wanted else stories[0].title
        console.print("Yes." if open_now else "No.", style="bold", end=" ")
        say(f"{person.email} {'has' if open_now else 'does not have'} access to {what}.")
    else:
        say(f"{person.email} has ordered {len(stories)} times.")
    titles = courses_by_id(gift.course_id for gift in gifts)
    for gift in gifts:
        how = "given by staff" if gift.kind == "complimentary" else "brought over from an earlier system"
        say(f"{titles[gift.course_id].title} is {gift.state}: it was {how} on {moment(gift.granted_at)}.")
    for story in stories:
        _tell_story(story)
    if not stories and not gifts:
        say(f"They never ordered{about}.")


def _tell_story(story: Story) -> None:
    say("", story.answer, "What happened:")
    say(f"  {moment(story.payment.created_at)}  The order was stored.")
    for step in story.steps:
        say(f"  {moment(step.at)}  {step.said}")
        say(*(f"                       -> {sentence}" for sentence in step.followed))
    if story.grant is not None:
        say(
            f"  The right to the course is stored as {story.grant['state']}, since {moment(story.grant['changed_at'])}."
        )
    if not story.true_to_books:
        say(
            f"  The books say {story.payment.state} and {story.payment.access}; the evidence says"
            f" {story.steps[-1].payment if story.steps else 'nothing'} and"
            f" {story.steps[-1].access if story.steps else 'nothing'}. This must never be: report it as a fault."
        )


def _as_json(person: Person, stories: Sequence[Story], gifts: Sequence[Any]) -> dict[str, object]:
    return {
        "customer": person.email,
        "access": any(story.opens for story in stories) or any(gift.state == "open" for gift in gifts),
        "given": [{"course_id": gift.course_id, "kind": gift.kind, "state": gift.state} for gift in gifts],
        "orders": [
            {
                "reference": story.payment.reference,
                "payment_id": story.payment.id,
                "title": story.title,
                "answer": story.answer,
                "payment": story.payment.state,
                "access": story.payment.access,
                "open": story.opens,
                "grant": story.grant,
                "replay_agrees": story.true_to_books,
                "steps": story.steps,
            }
            for story in stories
        ],
    }


def _items(story: Story) -> list[str]:
    return [line.item for line in story.payment.order.lines.all()]
