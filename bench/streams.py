"""Thousands of open live streams on one web process: what they weigh, and how fast news reaches one of them."""

from __future__ import annotations

import resource
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.alone import REFERENCES, quantiles, told
from bench.load import family
from bench.shop import Served
from bench.webhooks import Requests
from tollkeeper.core import tickets

TOLD = 100


def measure(served: Served, requests: Requests, dsn: str, *, streams: int, first: int = 0) -> dict[str, object]:
    """Open streams, weigh them, and settle lone webhooks that one of them watches.

    Args:
        served: the till.
        requests: unused ones, from `first`.
        dsn: its database, as the owner.
        streams: how many are open besides the one that is told.

    Returns:
        Kilobytes (PSS) of the web process for each stream, seconds until all were open, the process's share of a core
        while nothing happens, and milliseconds from a webhook to the event.
    """
    _take_all_files()
    messages = [requests[place] for place in range(first, first + TOLD)]
    before = _weight(served)
    began = time.monotonic()
    with _open(served.port, streams) as lines:
        opened = time.monotonic() - began
        idle = _idle_cores(served, lines)
        after = _weight(served)
        spent: list[float] = []
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, TOLD, REFERENCES):
                spent += told(served.port, line, messages[start : start + REFERENCES], dsn)
    return {
        "streams": streams,
        "kb_each": round((after - before) / streams, 1),
        "web_mb": round(after / 1024),
        "opened_s": round(opened, 1),
        "idle_cores": round(idle, 3),
        "to_event": quantiles(spent),
    }


@contextmanager
def _open(port: int, streams: int) -> Iterator[Sequence[socket.socket]]:
    lines: list[socket.socket] = []
    try:
        for number in range(streams):
            ticket = tickets.issue(person_id=None, references=(f"NONE-{number:04}",))
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
            line.sendall(f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            lines.append(line)
        for line in lines:
            if not line.recv(4096).startswith(b"HTTP/1.1 200 "):
                raise SystemExit("A stream was refused.")
        yield lines
    finally:
        for line in lines:
            line.close()


def _idle_cores(served: Served, lines: Sequence[socket.socket], seconds: float = 16.0) -> float:
    """The web process's share of a core over more than one round of keep-alives, which are read meanwhile."""
    with selectors.DefaultSelector() as selector:
        for line in lines:
            line.settimeout(0)
            selector.register(line, selectors.EVENT_READ)
        before, deadline = _cpu(served), time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if not key.fileobj.recv(65_536):  # type: ignore[union-attr]
                    raise SystemExit("A stream was closed.")
        return (_cpu(served) - before) / seconds


def _cpu(served: Served) -> float:
    fields = Path(f"/proc/{served.pids[0]}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _weight(served: Served) -> int:
    """Kilobytes (PSS) of the web process."""
    total = 0
    for pid in family([served.pids[0]]):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _take_all_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
