"""Work that goes on behind an answer, and the wait until all of it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)

Errand = asyncio.Task[None]


class Errands:
    """The errands under way."""

    def __init__(self) -> None:
        self._open: set[Errand] = set()

    def begin(self, work: Coroutine[None, None, None]) -> Errand:
        """Start the work behind the caller's back."""
        errand = asyncio.get_running_loop().create_task(work)
        self._open.add(errand)
        errand.add_done_callback(self._end)
        return errand

    def _end(self, errand: Errand) -> None:
        self._open.discard(errand)
        if not errand.cancelled() and (error := errand.exception()):
            log.error("An errand of the sandbox failed.", exc_info=error)

    def __len__(self) -> int:
        return len(self._open)

    async def drained(self, seconds: float) -> bool:
        """Wait until nothing is under way; say whether that came true in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._open:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.wait(self._open, timeout=left)
        return True

    async def abandon(self) -> None:
        """Stop all errands where they stand."""
        errands = list(self._open)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)
