"""Where the crash proof kills: every named point, and which process stands there. One table.

A point is written `scope before thing` or `scope after thing`. The scope is the thread that does the work, the thing a
statement (its file's name), the end of a transaction (`commit of` a statement in it), or a wrapped collaborator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tollkeeper.core.errors import Refusal
from tollkeeper.sandbox.chaos import fraction

ANY_MOMENT = "any moment"
POSTGRES = "postgres"
BACKEND = "backend"
PROCESSES = ("web", "worker", "monitor")
VICTIMS = (*PROCESSES, POSTGRES, BACKEND)
"""Whom `kill -9` hits: a process of ours, PostgreSQL with all its children, or one of its children alone."""

SETTLE = ("lock_free_payments", "upsert_grants", "record", "insert_journal")
"""settle's statements, in their order."""
CONSUMERS = (
    "enrolments.fast_track_approvals",
    "enrolments.mails",
    "enrolments.standing_proof",
    "ledger.interventions",
    "ledger.returns",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A named point.

    Args:
        process: who passes it.
        name: `scope before thing` or `scope after thing`.
        rare: passed by few payments, so that only its first passing is waited for.
    """

    process: str
    name: str
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill to be done.

    Args:
        process: whose lane it is.
        point: where; `ANY_MOMENT` for a random one.
        victim: who dies, one of `VICTIMS`.
        hit: at which passing of the point, from 1.
        dice: 0 to 1; decides whatever else there is to decide.
    """

    process: str
    point: str
    victim: str
    hit: int
    dice: float


class TooFewKills(Refusal):
    """A proof needs at least one kill."""

    code = "too_few_kills"
    remedy = "Ask for 1 or more; every named point is reached with 150."


def _points() -> Iterator[Point]:
    yield Point("web", "webhook before verdict")
    yield Point("web", "webhook after verdict")
    for statement in SETTLE:
        yield from _both("web", f"webhook %s {statement}")
    yield from _both("web", "webhook %s insert_deliveries")
    yield from _both("web", "webhook %s insert_interventions", rare=True)
    yield from _both("web", "webhook %s commit of insert_deliveries")
    yield Point("web", "webhook during commit of insert_deliveries")
    yield from _both("web", "webhook %s answer")
    yield from _both("web", "page %s insert_order")
    yield from _both("web", "page %s commit of insert_order")
    yield from _both("web", "page %s gateway's page")
    yield from _both("web", "page %s commit of record")
    for consumer in CONSUMERS:
        yield from _both("monitor", f"{consumer} %s effect")
        yield Point("monitor", f"{consumer} before commit of move_consumer")
        yield Point("monitor", f"{consumer} after commit of move_consumer")
    yield from _both("worker", "messages %s commit of lease_message")
    yield from _both("worker", "messages %s sending")
    yield from _both("worker", "messages %s commit of record_sent")
    yield from _both("worker", "ladder %s take_due_polls")
    yield from _both("worker", "ladder %s commit of take_due_polls")


def _both(process: str, name: str, *, rare: bool = False) -> Iterator[Point]:
    yield Point(process, name % "before", rare)
    yield Point(process, name % "after", rare)


POINTS = tuple(_points())


def plan(kills: int, seed: int, points: Sequence[Point] = POINTS) -> tuple[Kill, ...]:
    """What is killed, where and in which order: the same for the same seed.

    Each named point kills the process that stands there, then each kills PostgreSQL under it, and round again; every
    fifth kill comes at a moment that nobody chose.

    Args:
        kills: how many.
        seed: decides the order, and the victims and moments of those at random.
        points: which named points; all when left out.

    Raises:
        TooFewKills: `kills` is below 1.
    """
    if kills < 1:
        raise TooFewKills(f"{kills} kills prove nothing.")
    random = kills // 5
    named = [_named(number, seed, points) for number in range(kills - random)]
    return tuple(_mixed(named, [_random(number, seed) for number in range(random)], seed))


def _named(number: int, seed: int, points: Sequence[Point]) -> Kill:
    round_, place = divmod(number, len(points))
    order = sorted(points, key=lambda point: fraction(seed, round_, point.name))
    point = order[place]
    dice = fraction(seed, "named", number)
    victim = POSTGRES if round_ % 2 or "during" in point.name else point.process
    return Kill(point.process, point.name, victim, 1 if point.rare else 1 + int(dice * 3), dice)


def _random(number: int, seed: int) -> Kill:
    victim = VICTIMS[int(fraction(seed, "victim", number) * len(VICTIMS))]
    lane = victim if victim in PROCESSES else POSTGRES
    return Kill(lane, ANY_MOMENT, victim, 1, fraction(seed, "moment", number))


def _mixed(named: list[Kill], random: list[Kill], seed: int) -> list[Kill]:
    placed = [(place / len(named), kill) for place, kill in enumerate(named)]
    placed += [(fraction(seed, "place", place), kill) for place, kill in enumerate(random)]
    return [kill for _, kill in sorted(placed, key=lambda pair: pair[0])]
