"""One webhook at a time on an idle till: how long until its durable 200, and until a browser's stream tells it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from uuid import UUID

import psycopg

from bench.shop import Served
from bench.webhooks import Requests
from tollkeeper.core import tickets

WARM_UP = 50
LONE = 200
TOLD = 100
REFERENCES = 50
"""As many as a ticket names."""
PAUSE_SECONDS = 0.02
"""Between webhooks, so that each meets an idle till."""


def measure(served: Served, requests: Requests, dsn: str) -> dict[str, object]:
    """Send lone webhooks on one connection that stays open.

    Args:
        served: the till.
        requests: unused ones.
        dsn: its database, as the owner.

    Returns:
        Milliseconds, median and 99th percentile, to the 200 and to the stream's event.
    """
    places = range(WARM_UP + LONE + TOLD)
    messages = [requests[place] for place in places]
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        spent = [_answered(line, message) for message in messages[: WARM_UP + LONE]][WARM_UP:]
        heard: list[float] = []
        rest = messages[WARM_UP + LONE :]
        for start in range(0, len(rest), REFERENCES):
            heard += told(served.port, line, rest[start : start + REFERENCES], dsn)
    return {"to_200": quantiles(spent), "to_event": quantiles(heard)}


def quantiles(seconds: Sequence[float], percent: int = 99) -> dict[str, float]:
    """Median and a high percentile in milliseconds, and of how many."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
    return {"count": len(ordered), "p50": round(median(ordered) * 1000, 2), f"p{percent}": round(last * 1000, 2)}


def _answered(line: socket.socket, message: bytes) -> float:
    time.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    line.sendall(message)
    said = line.recv(4096)
    spent = time.perf_counter() - began
    while b"\r\n\r\n" not in said:
        said += line.recv(4096)
    if not said.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"A lone webhook was answered {said[:200]!r}.")
    return spent


def told(port: int, line: socket.socket, messages: Sequence[bytes], dsn: str) -> list[float]:
    """Seconds from each webhook to its event on a stream that watches them all."""
    references = _references(messages, dsn)
    with _stream(port, tuple(references)) as events:
        spent = []
        for message, reference in zip(messages, references, strict=True):
            time.sleep(PAUSE_SECONDS)
            began = time.perf_counter()
            line.sendall(message)
            while next(events) != (reference, "open"):
                pass  # the second line about the payment before
            spent.append(time.perf_counter() - began)
            line.recv(4096)
    return spent


def _references(messages: Sequence[bytes], dsn: str) -> list[str]:
    ids = [UUID(json.loads(message.partition(b"\r\n\r\n")[2])["externalTransactionID"]) for message in messages]
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT id, reference FROM ledger_payment WHERE id = ANY(%s)", (ids,)).fetchall()
    known: dict[UUID, str] = dict(rows)
    return [known[payment_id] for payment_id in ids]


@contextmanager
def _stream(port: int, references: tuple[str, ...]) -> Iterator[Iterator[tuple[str, str]]]:
    """A raw live stream as a guest's browser opens it; gives reference and access of each event."""
    ticket = tickets.issue(person_id=None, references=references)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        with line.makefile("rb") as file:
            status = file.readline()
            if b" 200 " not in status:
                raise SystemExit(f"The stream was answered {status!r}.")
            events = _events(iter(file.readline, b""))
            for _ in references:
                next(events)
            yield events


def _events(lines: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith(b"data: "):
            news = json.loads(line.removeprefix(b"data: "))
            yield news["reference"], news["access"]
