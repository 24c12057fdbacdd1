"""Group commit: everything that arrived while the last commit was on its way is the next batch.

There is no timer. A lone webhook is a batch of one and waits for nobody; under load batches grow by themselves. Two
writers take turns at the queue, so that the database works on one batch while Python prepares the next: a fifth more
settled per second than one writer, and a third one gains nothing (bench).
"""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime
from queue import SimpleQueue

from tollkeeper.payments.intake.arrival import Answer, Arrival
from tollkeeper.payments.intake.writer import Answers, Done, Writer

WRITERS = 2


class Gatherer:
    """The queue before the writers.

    Args:
        dsn: the database, as the serving role.
        max_batch: arrivals in one transaction.
        max_waiting: arrivals that may wait; more are told to come again.
        done: see `Done`.
        writers: how many connections settle at once.
    """

    def __init__(self, dsn: str, *, max_batch: int, max_waiting: int, done: Done, writers: int = WRITERS) -> None:
        self._max_waiting = max_waiting
        self._done = done
        self._queue: SimpleQueue[Arrival | None] = SimpleQueue()
        self._waiting = 0
        made = [Writer(self._queue, dsn, max_batch=max_batch, done=self._answered) for _ in range(writers)]
        self._threads = [threading.Thread(target=writer.work, name="intake writer", daemon=True) for writer in made]
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to write; call it on the event loop that will submit."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    async def stop(self) -> None:
        """Settle what waits, then end."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    async def submit(self, arrival: Arrival) -> Answer:
        """Settle an arrival with whatever else waits.

        Returns:
            The answer, once it is durable.
        """
        if self._waiting >= self._max_waiting:
            return Answer.BUSY
        arrival.waiting = asyncio.get_running_loop().create_future()
        self._waiting += 1
        self._queue.put(arrival)
        try:
            return await arrival.waiting
        finally:
            self._waiting -= 1

    def _answered(self, answers: Answers, at: datetime) -> None:
        """On a writer's thread: hand the answers to the event loop, in one call for all of them."""
        self._done(answers, at)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Answers) -> None:
    for arrival, answer in answers:
        if arrival.waiting is not None and not arrival.waiting.done():
            arrival.waiting.set_result(answer)
