"""What this machine's PostgreSQL does with the same rows when nobody asks over HTTP: the ceiling for any web server."""

from __future__ import annotations

import base64
import hashlib
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.books import Books, settled
from bench.load import Meter
from bench.webhooks import body_of
from tollkeeper.proofs.past import PRICE_MINOR

STATEMENT = Path(__file__).with_name("limits.sql").read_text()
AT = "2026-11-21T12:00:00+00:00"
FASTEST = {1: 12_000, 500: 50_000}
"""Rows made ready per second of measuring, by batch: more than any machine of this size writes."""
THREADS_OF_A_PROCESS = 4
WARM_UP_SECONDS = 0.5


@dataclass(frozen=True)
class Limit:
    """A way to write without HTTP.

    Args:
        name: short.
        label: for the table.
        connections: at once.
        batch: payments in one transaction.
    """

    name: str
    label: str
    connections: int
    batch: int


class _Signals(NamedTuple):
    """Between the measuring process and those that write."""

    ready: Barrier
    done: Queue[tuple[int, float]]
    read: Event


LIMITS = (
    Limit("limit-single", "PostgreSQL, one each, 16 connections", 16, 1),
    Limit("limit-batched", "PostgreSQL, batches of 500, 1 connection", 1, 500),
    Limit("limit-batched-2", "PostgreSQL, batches of 500, 2 connections", 2, 500),
)


def measure(limit: Limit, books: Books, name: str, seconds: int) -> dict[str, object]:
    """Write for some seconds and count in the database.

    Args:
        limit: how.
        books: the server.
        name: a fresh database.
        seconds: how long.

    Returns:
        Rate, cores and what was counted.
    """
    dsn = books.owner(name)
    parts = _parameters(dsn, limit, seconds)
    spawn = multiprocessing.get_context("spawn")
    ready, done, read = spawn.Barrier(len(parts) + 1), spawn.Queue(), spawn.Event()
    processes = [spawn.Process(target=_write, args=(dsn, part, seconds, _Signals(ready, done, read))) for part in parts]
    for process in processes:
        process.start()
    ready.wait(60)
    pids = [process.pid for process in processes if process.pid is not None]
    with Meter({"client": pids, "database": [books.pid]}) as meter:
        found = [done.get(timeout=seconds + 60) for _ in processes]
    read.set()
    for process in processes:
        process.join()
    rate = sum(rows / spent for rows, spent in found)
    written = settled(dsn)
    if written < sum(rows for rows, _ in found):
        raise SystemExit(f"{limit.name} says more than the database shows.")
    cores = {key: round(value, 2) for key, value in meter.cores.items()}
    return {
        "rate": round(rate),
        "cores": cores,
        "settled": written,
        "ran_out": min(s for _, s in found) < seconds * 0.9,
    }


def _parameters(dsn: str, limit: Limit, seconds: int) -> list[list[list[str]]]:
    """Finished parameters: processes, in each its connections, in each the batches."""
    wanted = int(FASTEST[limit.batch] * (seconds + WARM_UP_SECONDS))
    with psycopg.connect(dsn) as connection:
        found = connection.execute(_ROWS, (wanted,)).fetchall()
    rows = [_row(*row) for row in found]
    batches = ["[" + ",".join(rows[start : start + limit.batch]) + "]" for start in range(0, len(rows), limit.batch)]
    lanes = [batches[place :: limit.connections] for place in range(limit.connections)]
    return [lanes[start : start + THREADS_OF_A_PROCESS] for start in range(0, len(lanes), THREADS_OF_A_PROCESS)]


_ROWS = """
SELECT payment_id, person_id, course_id, line_id, delivery_id, link_id, reference FROM bench_webhook ORDER BY n LIMIT %s
"""


def _row(*row: Any) -> str:
    payment_id, person_id, course_id, line_id, delivery_id, link_id, reference = map(str, row)
    body = body_of(row[0], link_id)
    item = f"course:{course_id}"
    page = {"id": link_id, "url": f"https://securepay.ikhokha.red/{link_id}"}
    facts = {"links": [page], "accepted": [link_id], "claimed_at": AT, "decision": {"number": 1, "route": "fast_track"}}
    told = {"reference": reference, "items": [item], "gateway": "ikhokha", "amount_minor": PRICE_MINOR}
    told |= {"currency": "ZAR", "state": "paid", "access": "open", "route": "fast_track", "proof": "accepted"}
    told |= {"sources": ["settle", "webhook"]}
    item_of_batch = {
        "payment_id": payment_id,
        "person_id": person_id,
        "course_id": course_id,
        "line_id": line_id,
        "delivery_id": delivery_id,
        "link_id": link_id,
        "reference": reference,
        "facts": facts,
        "told": told,
        "headers": {
            "content-type": "application/json",
            "user-agent": "axios/1.7.2",
            "ik-appid": "B" * 32,
            "ik-sign": "0" * 64,
        },
        "body": base64.b64encode(body).decode(),
        "digest": hashlib.sha256(body).hexdigest(),
        "at": AT,
    }
    return json.dumps(item_of_batch, separators=(",", ":"))


def _write(dsn: str, lanes: Sequence[Sequence[str]], seconds: int, signals: _Signals) -> None:
    """In a process of its own: a thread for each connection."""
    results: list[tuple[int, float]] = []
    begin = threading.Barrier(len(lanes) + 1)
    threads = [threading.Thread(target=_lane, args=(dsn, lane, seconds, begin, results)) for lane in lanes]
    for thread in threads:
        thread.start()
    signals.ready.wait(60)
    begin.wait()
    for thread in threads:
        thread.join()
    signals.done.put((sum(rows for rows, _ in results), max(spent for _, spent in results)))
    # The processor time of a process that has ended cannot be read any more.
    signals.read.wait(60)


def _lane(
    dsn: str, lane: Sequence[str], seconds: int, begin: threading.Barrier, results: list[tuple[int, float]]
) -> None:
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=1) as connection:
        begin.wait()
        waiting = iter(lane)
        _until(connection, waiting, WARM_UP_SECONDS)
        results.append(_until(connection, waiting, seconds))


def _until(connection: psycopg.Connection, waiting: Iterator[str], seconds: float) -> tuple[int, float]:
    began = now = time.monotonic()
    rows = 0
    with connection.cursor() as cursor:
        for batch in waiting:
            cursor.execute(STATEMENT, (batch,), prepare=True)
            rows += cursor.rowcount
            now = time.monotonic()
            if now - began > seconds:
                break
    return rows, now - began
