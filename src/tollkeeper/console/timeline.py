"""A payment's life as one line of moments: what was said, what followed, and how many milliseconds it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tollkeeper.console import words
from tollkeeper.console.queries import Row
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.reporting.story import Story

Text = str | Promise

TONES = {
    Kind.CALLBACK_SUCCESS: "good",
    Kind.STATUS_PAID: "good",
    Kind.RECEIVED: "good",
    Kind.APPROVED: "good",
    Kind.CALLBACK_FAILURE: "bad",
    Kind.REJECTED: "bad",
    Kind.SUBMITTED: "wait",
}
BUDGETS = (
    ("received", "committed", 5_000),
    ("committed", "pushed", 2_000),
    ("pushed", "shown", 2_000),
    ("received", "shown", 10_000),
)
"""From stage to stage, and the milliseconds that it may take (SPEC C7)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a payment.

    Args:
        at: when, UTC.
        text: what happened, a sentence.
        kind: `evidence`, `stage`, `delivery`, `message`, `intervention` or `order`.
        tone: `good`, `wait`, `bad` or `info`.
        followed: what moved because of it.
        link: its page, if it has one: the address's name and its argument.
        since_ms: after the first webhook, in milliseconds; None before it, and a day later.
    """

    at: datetime
    text: Text
    kind: str
    tone: str = "info"
    followed: tuple[str, ...] = ()
    link: tuple[str, Any] | None = None
    since_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Took:
    """How long a part of the way took, beside its budget; both in milliseconds."""

    start: Text
    end: Text
    ms: float
    budget_ms: int

    @property
    def held(self) -> bool:
        """Whether it was within the budget."""
        return self.ms <= self.budget_ms


@dataclass(frozen=True, slots=True)
class Records:
    """What is stored about a payment besides its evidence."""

    stages: Sequence[tuple[str, datetime]]
    deliveries: Sequence[Any]
    messages: Sequence[Row]
    interventions: Sequence[Row]


def timeline(story: Story, records: Records) -> list[Moment]:
    """Everything that happened, in time's order."""
    stages = dict(records.stages)
    start = stages.get("received") or min((one.received_at for one in records.deliveries), default=None)
    moments = sorted(_moments(story, records), key=lambda one: one.at)
    return [_measured(one, start) for one in moments]


def took(stages: Sequence[tuple[str, datetime]]) -> list[Took]:
    """The parts of the way that are known, each beside its budget."""
    at = dict(stages)
    return [
        Took(words.STAGES[start], words.STAGES[end], _ms(at[end] - at[start]), budget)
        for start, end, budget in BUDGETS
        if start in at and end in at
    ]


def _moments(story: Story, records: Records) -> Iterator[Moment]:
    yield Moment(story.payment.created_at, _("The order was stored."), "order")
    for step in story.steps:
        yield Moment(step.at, step.said, "evidence", TONES.get(Kind(step.kind), "info"), step.followed)
    for name, at in records.stages:
        yield Moment(at, words.STAGES.get(name, name), "stage", "good" if name == "shown" else "info")
    for delivery in records.deliveries:
        said = _("A webhook was kept: %(verdict)s") % {"verdict": words.word("verdict", delivery.verdict).text}
        yield Moment(delivery.received_at, said, "delivery", link=("console:delivery", delivery.id))
    for message in records.messages:
        told = {"recipient": message["recipient"], "subject": message["subject"]}
        link = ("console:message", message["id"])
        yield Moment(message["created_at"], _("A mail was written: “%(subject)s”") % told, "message", link=link)
        if message["sent_at"]:
            yield Moment(message["sent_at"], _("It was sent to %(recipient)s.") % told, "message", "good", link=link)
    for one in records.interventions:
        trouble = words.word("trouble", one["trouble"]).text
        link = ("console:intervention", one["id"])
        opened = _("A person was asked to look: %(trouble)s") % {"trouble": trouble}
        yield Moment(one["opened_at"], opened, "intervention", "bad", link=link)
        if one["closed_at"]:
            closed = _("%(by)s closed it: %(act)s") % {"by": one["closed_by"], "act": words.closing(one["act"])}
            yield Moment(one["closed_at"], closed, "intervention", "good", link=link)


def _measured(one: Moment, start: datetime | None) -> Moment:
    if start is None or not timedelta() <= one.at - start <= timedelta(days=1):
        return one
    return Moment(one.at, one.text, one.kind, one.tone, one.followed, one.link, _ms(one.at - start))


def _ms(span: timedelta) -> float:
    return round(span.total_seconds() * 1000, 1)
