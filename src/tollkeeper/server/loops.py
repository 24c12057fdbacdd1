"""Loops that do one small piece of work at a time, for as long as a process lives."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

FAILED_PAUSE_SECONDS = 1.0

log = structlog.get_logger("application")


@dataclass(frozen=True, slots=True)
class Loop:
    """Work that is done again and again.

    Args:
        name: for its thread and its log lines.
        work: does one piece and returns how much there was; more than nothing is followed at once.
        pause_seconds: how long to wait after finding nothing.
    """

    name: str
    work: Callable[[], int]
    pause_seconds: float


Service = Callable[[threading.Event], None]
"""Work that waits by itself and ends soon after the event is set."""


def run_until_told(loops: Sequence[Loop], services: Sequence[Service] = ()) -> None:
    """Run each on a thread of its own until SIGTERM or SIGINT; each ends after its piece of work."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [threading.Thread(target=_run, args=(loop, stop), name=loop.name) for loop in loops]
    threads += [threading.Thread(target=service, args=(stop,)) for service in services]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def _run(loop: Loop, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            pause = 0.0 if loop.work() else loop.pause_seconds
        except Exception as error:  # noqa: BLE001  one bad piece of work must not end the loop; it is told and tried again
            log.warning("loop.failed", loop=loop.name, error=f"{type(error).__name__}: {error}")
            pause = FAILED_PAUSE_SECONDS
        stop.wait(pause)
