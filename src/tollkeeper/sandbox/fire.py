"""Pay many links at once and measure their callbacks, for load and drills."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from tollkeeper.sandbox.callbacks import Callback
from tollkeeper.sandbox.desk import Act, Desk
from tollkeeper.sandbox.links import Link


async def fire(desk: Desk, links: Sequence[Link], concurrency: int) -> dict[str, object]:
    """Pay the links, wait until the last callback is over, and return the figures.

    Args:
        desk: where they are paid.
        links: payable ones.
        concurrency: how many callbacks travel at once.

    Returns:
        paid, callbacks, by fate and by HTTP status; milliseconds in all, at the median, the 99th percentile and the
        slowest; callbacks per second.
    """
    gate = asyncio.Semaphore(concurrency)
    last = desk.office.count
    began = time.perf_counter()
    outcomes = [desk.act(link.paylink_id, Act.CARD, gate=gate) for link in links]
    # A reset may abandon the errands meanwhile; the figures then tell what was sent.
    await asyncio.gather(*(outcome.errand for outcome in outcomes if outcome.errand), return_exceptions=True)
    seconds = time.perf_counter() - began
    ours = {link.paylink_id for link in links}
    sent = [callback for callback in desk.office.since(last) if callback.paylink_id in ours]
    return {"paid": len(links), **_figures(sent, seconds)}


def _figures(sent: Sequence[Callback], seconds: float) -> dict[str, object]:
    attempts = [attempt for callback in sent for attempt in callback.attempts]
    times = sorted(attempt.ms for attempt in attempts) or [0.0]
    return {
        "callbacks": len(sent),
        "fates": Counter(callback.fate for callback in sent),
        "statuses": Counter(str(attempt.status or attempt.error) for attempt in attempts),
        "elapsed_ms": round(seconds * 1000, 1),
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)],
        "max_ms": times[-1],
        "per_second": round(len(attempts) / seconds, 1),
    }
