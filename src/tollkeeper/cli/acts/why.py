"""Tells why somebody has access, or has not: evidence, transitions, grant; in sentences for reading aloud."""

from __future__ import annotations

from collections.abc import Sequence

from tollkeeper.accounts.addresses import normal_email
from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import course_for, courses_by_id
from tollkeeper.cli.acts.books import payment_named
from tollkeeper.cli.output import console, end, print_json, say
from tollkeeper.core.errors import Refusal
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.payments.ledger.queries import payments_of
from tollkeeper.reporting.story import Story, gifts_of, moment, story_of


class NobodyLikeThat(Refusal):
    """Nobody with that address has ever ordered here."""

    code = "nobody_like_that"
    remedy = "Ask for the address on the receipt, or for the order's reference."
    http_status = 404


def why(whom: str, course: str | None, *, as_json: bool) -> None:
    """Tell it.

    Raises:
        NobodyLikeThat, NoSuchOrder, BadReference, NoSuchCourse.
    """
    wanted = course_for(course) if course else None
    if "@" in whom:
        person = _person(whom)
        stories = [story_of(payment) for payment in payments_of(person.pk)]
        gifts = _gifts(person, wanted)
    else:
        payment = payment_named(whom)
        person, stories, gifts = payment.person, [story_of(payment)], []
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


def _gifts(person: Person, wanted: Course | None) -> list[Grant]:
    given = gifts_of(person.pk)
    return [gift for gift in given if gift.course_id == wanted.id] if wanted else given


def _tell(person: Person, wanted: Course | None, stories: Sequence[Story], gifts: Sequence[Grant]) -> None:
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


def _as_json(person: Person, stories: Sequence[Story], gifts: Sequence[Grant]) -> dict[str, object]:
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
