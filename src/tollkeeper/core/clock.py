"""The one clock. Money and access use the database's; this one is for what happens between two processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


def system_now() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


Clock = Callable[[], datetime]

now: Clock = system_now


def monotonic() -> float:
    """Seconds since an arbitrary start; never goes back. For durations only."""
    return time.monotonic()
