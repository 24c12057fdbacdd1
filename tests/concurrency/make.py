"""Writers, what they are brought, and a wire that can be cut."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from payments import make
from tollkeeper.core import clock
from tollkeeper.payments.gateways.contract import Webhook
from tollkeeper.payments.intake.arrival import Answer, Arrival, digest
from tollkeeper.payments.intake.writer import Writer
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment


def arrival(payment: Payment, kind: Kind = Kind.STATUS_PAID, evidence: Evidence | None = None) -> Arrival:
    """A verified webhook about a payment."""
    body = f'{{"about":"{payment.id}"}}'.encode()
    webhook = Webhook("/webhooks/ikhokha/x", {b"content-type": b"application/json"}, body, clock.now())
    return Arrival(webhook, "ikhokha", payment.id, [evidence or make.fact(payment, kind)], digest(body), clock.now())


class Desk:
    """A writer at work on a thread of its own, and the answers it gave, in their order."""

    def __init__(self, dsn: str, *, writer: type[Writer] = Writer, max_batch: int = 100) -> None:
        self.answers: list[tuple[Arrival, Answer]] = []
        self._queue: SimpleQueue[Arrival | None] = SimpleQueue()
        self._writer = writer(self._queue, dsn, max_batch=max_batch, done=lambda told, _at: self.answers.extend(told))
        self._thread = threading.Thread(target=self._writer.work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def bring(self, *arrivals: Arrival) -> None:
        for one in arrivals:
            self._queue.put(one)

    def answer(self, one: Arrival, within: float = 10.0) -> Answer:
        """What that arrival was answered, as soon as it is."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for answered, answer in list(self.answers):
                if answered is one:
                    return answer
            time.sleep(0.005)
        raise AssertionError(f"{one.payment_id} was not answered within {within} s")


def settled(dsn: str, arrivals: Sequence[Arrival], **more) -> list[Answer]:
    """The answers to arrivals that waited together: one batch."""
    queue: SimpleQueue[Arrival | None] = SimpleQueue()
    answers: dict[int, Answer] = {}
    for one in (*arrivals, None):
        queue.put(one)
    kind = more.pop("writer", Writer)
    kind(queue, dsn, max_batch=500, done=lambda told, _at: answers.update({id(one): said for one, said in told})).work()
    return [answers[id(one)] for one in arrivals]


class Wire:
    """A wire to the database that is cut when the answer to a COMMIT is on it, as often as asked."""

    def __init__(self, dsn: str, folder: Path, *, cuts: int = 1) -> None:
        parts = conninfo_to_dict(dsn)
        self._server = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self._cuts = cuts
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{parts['port']}"))
        self._listener.listen()
        self.dsn = make_conninfo(dsn, host=str(folder))
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        committing = False
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as both:
            server.connect(self._server)
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _events in both.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data or (key.fileobj is server and committing and self._cuts):
                        self._cuts -= bool(data)
                        return
                    committing = key.fileobj is client and b"COMMIT\0" in data
                    key.data.sendall(data)
