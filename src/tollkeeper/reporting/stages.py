"""A payment's way from the order to the customer's screen, in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ORDERED = "ordered"
PAGE = "gateway gave its page"
RECEIVED = "webhook received"
NAMES = {
    "received": RECEIVED,
    "verified": "verified",
    "committed": "committed",
    "answered": "answered",
    "pushed": "pushed to the screen",
    "shown": "shown on the screen",
}
"""Stage as the web process notes it → as people read it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A moment of a payment.

    Args:
        name: what happened.
        at: when, UTC.
        ms: after the stage before; 0 for the first.
        since_webhook_ms: after the webhook came; None before that.
    """

    name: str
    at: datetime
    ms: float
    since_webhook_ms: float | None


def stages(
    ordered_at: datetime, evidence: Sequence[dict[str, Any]], noted: Sequence[tuple[str, datetime]]
) -> list[Stage]:
    """The stages that are known, in time's order.

    Args:
        ordered_at: when the payment was stored.
        evidence: as stored.
        noted: the web process's stages with their times.
    """
    moments = [(ORDERED, ordered_at)]
    moments += [(PAGE, one["recorded_at"]) for one in evidence if one["kind"] == "opened"][:1]
    moments += [(NAMES.get(name, name), at) for name, at in noted]
    return chain(moments, since=RECEIVED)


def chain(moments: Sequence[tuple[str, datetime]], *, since: str) -> list[Stage]:
    """Moments as stages, in time's order, each measured from the one before and from the one of a certain name."""
    ordered = sorted(moments, key=lambda pair: pair[1])
    start = next((at for name, at in ordered if name == since), None)
    found, before = [], None
    for name, at in ordered:
        known = None if start is None or at < start else _ms(at - start)
        found.append(Stage(name, at, _ms(at - before) if before else 0.0, known))
        before = at
    return found


def _ms(span: timedelta) -> float:
    return round(span.total_seconds() * 1000, 1)
