"""Starts a process of the house so that it can be killed at a named point: `launch web|worker|monitor FOLDER …`.

Nothing in the product knows of this. What passes the points (psycopg's cursor and transaction, the answer to a webhook,
the gateway, the transport of mails, the consumers' effects) is wrapped from outside, here, before the process's own
`main` runs. Orders come as files in the folder; what was done is appended to `done.jsonl` just before it is done.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from tollkeeper.core.database import Connection, statements
from tollkeeper.core.journal import Effect, Line
from tollkeeper.messaging import delivery, transports
from tollkeeper.payments.gateways.contract import Intent, Link
from tollkeeper.payments.gateways.ikhokha import IKhokha
from tollkeeper.payments.intake import app as intake
from tollkeeper.payments.intake.arrival import Answer, Arrival
from tollkeeper.payments.intake.gather import Gatherer
from tollkeeper.payments.intake.policy import Trust
from tollkeeper.proofs.crashing.points import POSTGRES, Kill
from tollkeeper.proofs.crashing.processes import kill, kill_postgres
from tollkeeper.server import monitor, web, worker

DONE = "done.jsonl"
LEASE_SECONDS = 3
"""Of a message: a killed deliverer's letter waits no longer than a proof can."""
_LOOK_SECONDS = 0.01
_ROOMS = ("core", "messaging", "payments.ledger", "fulfilment.enrolments")
_SCOPES = {"intake writer": "webhook", "intake notebook": "notebook"}


class Points:
    """Knows which point was ordered, and does the deed when a thread passes it.

    Args:
        role: this process's.
        folder: where orders come from.
    """

    def __init__(self, role: str, folder: Path) -> None:
        self._role = role
        self._folder = folder
        self._order: Kill | None = None
        self._passed = 0
        self._guard = threading.Lock()
        self.names = {text: name for room in _ROOMS for name, text in statements(f"tollkeeper.{room}").items()}

    def watch(self) -> None:
        """Say that this process is up, then take orders for as long as it lives."""
        whole = self._folder / f"{self._role}.pid"
        partial_ = whole.with_suffix(".partial")
        partial_.write_text(str(os.getpid()))
        partial_.replace(whole)
        threading.Thread(target=self._take_orders, name="orders", daemon=True).start()

    def passing(self, name: str, *, wait: bool = True) -> None:
        """A thread passes a point; if that was ordered, somebody dies now.

        Args:
            name: as in `points`.
            wait: False to let the thread go on while it happens.
        """
        order = self._order
        if order is None or order.point != name:
            return
        with self._guard:
            self._passed += 1
            if self._order is None or self._passed < order.hit:
                return
            self._order = None
        if wait:
            self._do(order)
        else:
            threading.Thread(target=self._do, args=(order,), daemon=True).start()

    def _do(self, order: Kill) -> None:
        if "during" in order.point:
            time.sleep(order.dice * 0.003)  # a commit takes about that long
        with (self._folder / DONE).open("ab", buffering=0) as done:
            done.write(msgspec.json.encode(order) + b"\n")
        if order.victim == POSTGRES:
            kill_postgres(os.getppid())
        else:
            kill(os.getpid())

    def _take_orders(self) -> None:
        path = self._folder / f"{self._role}.order"
        while True:
            try:
                order = msgspec.json.decode(path.read_bytes(), type=Kill)
                path.unlink()
            except FileNotFoundError:
                time.sleep(_LOOK_SECONDS)
                continue
            self._passed, self._order = 0, order


def scope() -> str:
    """What the thread is for: `webhook`, `page`, or the name of the worker's or the monitor's loop."""
    name = threading.current_thread().name
    return _SCOPES.get(name) or ("page" if name.startswith(("ThreadPool", "MainThread", "asyncio")) else name)


class Statements:
    """Makes each statement and each commit of psycopg a point."""

    def __init__(self, points: Points) -> None:
        self._points = points
        self._said = threading.local()

    def install(self) -> None:
        """Wrap psycopg's cursor, transaction and connection."""
        psycopg.Cursor.execute = self._execute(psycopg.Cursor.execute)  # type: ignore[method-assign]
        psycopg.Transaction.__exit__ = self._exit(psycopg.Transaction.__exit__)  # type: ignore[method-assign]
        psycopg.Connection.commit = self._commit(psycopg.Connection.commit)  # type: ignore[method-assign]

    def _execute(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def execute(cursor: psycopg.Cursor[Any], query: Any, *given: Any, **named: Any) -> Any:
            name = self._points.names.get(query) if isinstance(query, str) else None
            if name is None:
                return original(cursor, query, *given, **named)
            self._points.passing(f"{scope()} before {name}")
            answer = original(cursor, query, *given, **named)
            self._in_transaction().append(name)
            self._points.passing(f"{scope()} after {name}")
            return answer

        return execute

    def _exit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def leave(transaction: psycopg.Transaction, kind: Any, error: Any, trace: Any) -> Any:
            if transaction.savepoint_name:
                return original(transaction, kind, error, trace)
            return self._committing(error is None, partial(original, transaction, kind, error, trace))

        return leave

    def _commit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def commit(connection: Connection) -> Any:
            return self._committing(True, partial(original, connection))  # noqa: FBT003  its only argument

        return commit

    def _committing(self, commits: bool, end: Callable[[], Any]) -> Any:  # noqa: FBT001  read where it is called
        said, self._said.names = self._in_transaction(), []
        if not commits:
            return end()
        for name in said:
            self._points.passing(f"{scope()} before commit of {name}")
            self._points.passing(f"{scope()} during commit of {name}", wait=False)
        answer = end()
        for name in said:
            self._points.passing(f"{scope()} after commit of {name}")
        return answer

    def _in_transaction(self) -> list[str]:
        if not hasattr(self._said, "names"):
            self._said.names = []
        names: list[str] = self._said.names
        return names


def wrap_web(points: Points) -> None:
    """Make the verdict on a webhook, the answer to it, and the question for a pay page points."""
    evidence, reply, open_page = Trust.evidence, intake._reply, IKhokha.open  # noqa: SLF001  wrapped where it stands

    async def judged(self: Trust, *given: Any, **named: Any) -> Any:
        points.passing("webhook before verdict")
        found = await evidence(self, *given, **named)
        points.passing("webhook after verdict")
        return found

    async def answered(send: Callable[[Any], Awaitable[None]], status: int, code: str, sentence: str) -> None:
        if status == 200:
            points.passing("webhook before answer")
        await reply(send, status, code, sentence)
        if status == 200:
            points.passing("webhook after answer")

    async def opened(self: IKhokha, intent: Intent) -> Link:
        points.passing("page before gateway's page")
        link = await open_page(self, intent)
        points.passing("page after gateway's page")
        return link

    Trust.evidence = judged  # type: ignore[method-assign]
    intake._reply = answered  # noqa: SLF001  wrapped where it stands
    IKhokha.open = opened  # type: ignore[method-assign]


def wrap_worker(points: Points) -> None:
    """Make the sending of a letter a point, and shorten the lease that a killed deliverer leaves behind."""
    send, deliver = transports.Folder.send, delivery.deliver_due

    def sent(self: transports.Folder, letter: Any) -> str:
        points.passing("messages before sending")
        answer = send(self, letter)
        points.passing("messages after sending")
        return answer

    transports.Folder.send = sent  # type: ignore[method-assign]
    delivery.deliver_due = partial(deliver, lease=partial(delivery.lease_next, seconds=LEASE_SECONDS))


def wrap_monitor(points: Points) -> None:
    """Make each consumer's effect a point."""
    offered = monitor.consumers

    def watched(name: str, effect: Effect) -> Effect:
        def act(connection: Connection, lines: Sequence[Line]) -> None:
            points.passing(f"{name} before effect")
            effect(connection, lines)
            points.passing(f"{name} after effect")

        return act

    monitor.consumers = lambda: {name: watched(name, effect) for name, effect in offered().items()}


def answer_early() -> None:
    """A broken intake, for the control test: it answers before the commit."""
    honest = Gatherer.submit
    unfinished: set[asyncio.Task[Answer]] = set()

    async def submit(self: Gatherer, arrival: Arrival) -> Answer:
        task = asyncio.create_task(honest(self, arrival))
        unfinished.add(task)
        task.add_done_callback(unfinished.discard)
        return Answer.SETTLED

    Gatherer.submit = submit  # type: ignore[method-assign]


BROKEN: Mapping[str, Callable[[], None]] = {"": lambda: None, "answer-early": answer_early}
"""Deliberate faults by name, for the control test: the proof must fail with each."""
_WRAPPERS: Mapping[str, Callable[[Points], None]] = {"web": wrap_web, "worker": wrap_worker, "monitor": wrap_monitor}


def main(arguments: Sequence[str]) -> int:
    """Wrap the process's parts, then be that process."""
    parser = argparse.ArgumentParser(prog="tollkeeper.proofs.crashing.launch")
    parser.add_argument("role", choices=sorted(_WRAPPERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--broken", choices=sorted(BROKEN), default="")
    options, rest = parser.parse_known_args(arguments)
    points = Points(options.role, options.folder)
    Statements(points).install()
    _WRAPPERS[options.role](points)
    BROKEN[options.broken]()
    points.watch()
    if options.role == "web":
        return web.main(rest)
    return {"worker": worker.main, "monitor": monitor.main}[options.role]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
