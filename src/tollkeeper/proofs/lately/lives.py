"""Who ordered what, when, and what became of it: the same every time but for the dates, which end now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import log
from zoneinfo import ZoneInfo

from tollkeeper.proofs.lately.plots import PLOTS, Plot

WEEKS = 6
LANGUAGES = ("en", "en", "en", "pl", "uk")
PLANTS = tuple(
    "acacia aloe ash barley basil bay birch borage briar caraway cedar chive clover cumin dill elder fennel fern flax"  # noqa: SIM905  a list of fifty quoted words is no easier to read
    " gorse hazel heather hop iris ivy juniper larch laurel lily lotus maple mint moss myrtle oak oat olive pine poppy"
    " quince reed rowan rush rye sage sedge sorrel spruce thyme tulip vetch willow yarrow yew".split()
)
"""What people of the demo are called: nobody is called so."""

BUYER_ORDERED_DAYS_AGO = 16
_OFTEN = (
    ("paid", 40),
    ("paid slowly", 4),
    ("paid at the second try", 4),
    ("left alone", 6),
    ("declined", 3),
    ("cancelled", 4),
    ("transferred", 6),
    ("found in the bank", 2),
    ("transfer rejected", 2),
    ("given", 3),
    ("wrong amount accepted", 1),
    ("refunded", 1),
    ("paid twice", 1),
    ("not confirmed", 1),
)
"""Plot → how many in the weeks before yesterday."""
_TODAY = (
    ("paid", 0.28),
    ("paid", 0.41),
    ("paid at the second try", 0.5),
    ("cancelled", 0.57),
    ("paid", 0.66),
    ("transfer promised", 0.71),
    ("paid slowly", 0.8),
    ("declined just now", 0.88),
    ("paid", 0.93),
    ("waiting", 0.97),
)
"""Plot → when, as a part of the day so far."""
_LATELY = (
    ("second slip waits", 45.0),
    ("refund owed", 22.0),
    ("same slip waits", 20.5),
    ("slip waits", 19.0),
    ("wrong amount", 1.2),
)
"""Plot → how many hours ago it began. These wait for staff."""


@dataclass(frozen=True, slots=True)
class Life:
    """An order to be.

    Args:
        plot: what becomes of it.
        at: when it was made.
        buyer: which of `PLANTS`; None is the demo's own buyer.
        course: its place in the shop, from 0.
        pace: by what the plot's times are multiplied, so that nothing lies in the future.
    """

    plot: Plot
    at: datetime
    buyer: int | None
    course: int
    pace: float


def lives(now: datetime, *, zone: ZoneInfo, courses: int) -> list[Life]:
    """The school's last weeks, the oldest first.

    Args:
        now: the moment it all leads to.
        zone: the shop's; people order by day.
        courses: how many there are to choose from.
    """
    picks = _picks(courses)
    made = [Life(PLOTS[name], at, *next(picks), _pace(PLOTS[name], at, now)) for name, at in _moments(now, zone)]
    made.append(Life(PLOTS["paid"], now - timedelta(days=BUYER_ORDERED_DAYS_AGO), None, 0, 1.0))
    return sorted(made, key=lambda life: life.at)


def _moments(now: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    """Plot and time of each order: more of them lately than long ago, and most in the evening."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    for name, count in _OFTEN:
        for turn in range(count):
            days = min(2 + int(-13 * log(1 - _dice(name, turn, "day"))), WEEKS * 7)
            hours = 6.5 + 8 * (_dice(name, turn, "hour") + max(_dice(name, turn, "one"), _dice(name, turn, "other")))
            yield name, midnight - timedelta(days=days) + timedelta(hours=hours)
    for name, hours in _LATELY:
        yield name, now - timedelta(hours=hours)
    for name, part in _TODAY:
        yield name, midnight + part * (now - midnight)


def _picks(courses: int) -> Iterator[tuple[int, int]]:
    """A buyer and a course, never the same pair twice: nobody buys a course again."""
    pairs = [(buyer, (buyer * 5 + turn) % courses) for turn in range(2) for buyer in range(len(PLANTS))]
    yield from sorted(pairs, key=lambda pair: _dice(*pair))


def _dice(*what: object) -> float:
    """From 0 up to 1, the same for the same question."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:6]) / (1 << 48)


def _pace(plot: Plot, at: datetime, now: datetime) -> float:
    return min(1.0, 0.9 * (now - at).total_seconds() / plot.lasts)
