"""The counter under a long past: `python -m bench.counter [--past N] [--streams N] [--json FILE]`.

Settling beside a million payments against settling in empty books, the office's pages, the standing proof, settling
while the office works, and thousands of open screens: one run, on one machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg

from bench import streams
from bench.alone import quantiles
from bench.books import TEMPLATE, Books, folder_for_server
from bench.levels import Climb
from bench.load import Level
from bench.shop import Served, credentials, tollkeeper
from bench.webhooks import Requests, prepare
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.ikhokha import IKhokha
from tollkeeper.server.postgres import Embedded

PAYMENTS = 120_000
CONNECTIONS = (64, 256)
PAGES_PER_SECOND = 20
LOOKS = 20
CHANGED = 200
_LINK = re.compile(r'href="(/console/[^"#]*)"')


class Run:
    """One run.

    Args:
        folder: temporary; everything is made in it.
        past: how many payments lie behind the till.
        seconds: for each level.
    """

    def __init__(self, folder: Path, *, past: int, seconds: int) -> None:
        self._folder = folder
        self._past = past
        self._seconds = seconds

    def figures(self, open_streams: int) -> Iterator[tuple[str, object]]:
        """Measure one after the other, and give each as soon as it is there."""
        with Embedded(folder_for_server(self._folder)) as server:
            empty = self._levels(Books(server, PAYMENTS), "in empty books")
            yield "settle, empty books", [asdict(level) for level in empty[0]]
            server.drop_database(TEMPLATE)
            books = Books(server, PAYMENTS, past=self._past)
            levels, rest = self._levels(books, f"beside {self._past:,} payments", self._office(open_streams))
            yield f"settle, {self._past:,} payments", [asdict(level) for level in levels]
            yield "ratio", [round(b.rate / a.rate, 3) for a, b in zip(empty[0], levels, strict=True)]
            yield from rest

    def _levels(
        self, books: Books, label: str, more: Callable[[_Shop], Iterator[tuple[str, object]]] | None = None
    ) -> tuple[list[Level], list[tuple[str, object]]]:
        said(f"making the books {label}")
        books.make_template()
        requests = self._requests(books)
        with tollkeeper(self._folder, books.app(TEMPLATE)) as served:
            climb = Climb(requests, books.owner(TEMPLATE), books.pid)
            levels = climb.levels(served, CONNECTIONS, self._seconds)
            for level in levels:
                said(f"{label}, {level.connections} connections: {level.rate:.0f}/s, p99 {level.p99:.0f} ms")
            shop = _Shop(served, books, climb, requests, self._seconds)
            return levels, list(more(shop)) if more else []

    def _office(self, open_streams: int) -> Callable[[_Shop], Iterator[tuple[str, object]]]:
        def measured(shop: _Shop) -> Iterator[tuple[str, object]]:
            yield "console", shop.pages()
            yield "standing proof", shop.proof()
            yield "settle during the full sweep", shop.settled_during(shop.sweeping)
            yield "settle with 20 staff pages a second", shop.settled_during(shop.working)
            yield "streams", shop.streams(open_streams)

        return measured

    def _requests(self, books: Books) -> Requests:
        ours = settings()
        if ours.ikhokha_app_secret is None or ours.ikhokha_app_id is None:
            raise SystemExit("The run has no credentials.")
        return prepare(
            books.owner(TEMPLATE),
            self._folder / "requests",
            app_id=ours.ikhokha_app_id,
            secret=ours.ikhokha_app_secret.get_secret_value(),
            callback_path=IKhokha(ours).callback_path,
        )


class _Shop:
    """A till at work, and what else is asked of it."""

    def __init__(self, served: Served, books: Books, climb: Climb, requests: Requests, seconds: int) -> None:
        self._served = served
        self._books = books
        self._climb = climb
        self._requests = requests
        self._seconds = seconds
        self._cookie = f"sessionid={_session(books.app(TEMPLATE))}"

    def pages(self) -> dict[str, dict[str, float]]:
        """Milliseconds of each list of the console, fetched one after the other."""
        lists = sorted(set(_LINK.findall(self._get("/console/"))))
        spent = {}
        for path in [*lists, "/console/payments/?q=PAST-0000000FF", "/console/payments/?q=customer77@example.com"]:
            times = []
            for _ in range(LOOKS):
                began = time.perf_counter()
                self._get(path)
                times.append(time.perf_counter() - began)
            spent[path] = quantiles(times, 95)
        return spent

    def proof(self) -> dict[str, object]:
        """Milliseconds of the pass over what changed, and seconds of the full sweep, both changing nothing."""
        with psycopg.connect(self._books.app(TEMPLATE), autocommit=True) as connection:
            ids = [str(row[0]) for row in connection.execute(_CHANGED, (CHANGED,)).fetchall()]
            passes = [self._proved(connection, ids) for _ in range(LOOKS)]
            return {
                "changed": CHANGED,
                "incremental_ms": quantiles(passes, 95),
                "full_s": round(self._proved(connection, None), 2),
            }

    def settled_during(self, doing: Callable[[threading.Event], None]) -> dict[str, object]:
        """One level at 64 connections while something else is done all the time."""
        over = threading.Event()
        thread = threading.Thread(target=doing, args=(over,))
        thread.start()
        time.sleep(0.5)
        try:
            level = self._climb.level(self._served, 64, self._seconds)
        finally:
            over.set()
            thread.join()
        said(f"meanwhile, 64 connections: {level.rate:.0f}/s, p99 {level.p99:.0f} ms")
        return asdict(level)

    def sweeping(self, over: threading.Event) -> None:
        """The full sweep of the standing proof, again and again."""
        with psycopg.connect(self._books.app(TEMPLATE), autocommit=True) as connection:
            while not over.is_set():
                self._proved(connection, None)

    def working(self, over: threading.Event) -> None:
        """Twenty pages of the office each second, and a PDF's preview drawn all the time."""
        drawing = threading.Thread(target=_draw, args=(over,))
        drawing.start()
        lists = sorted(set(_LINK.findall(self._get("/console/"))))
        next_at, number = time.monotonic(), 0
        while not over.is_set():
            self._get(lists[number % len(lists)])
            number += 1
            next_at += 1 / PAGES_PER_SECOND
            over.wait(max(0.0, next_at - time.monotonic()))
        drawing.join()

    def streams(self, number: int) -> dict[str, object]:
        """See `bench.streams`."""
        first = self._requests.count - streams.TOLD
        owner = self._books.owner(TEMPLATE)
        found = streams.measure(self._served, self._requests, owner, streams=number, first=first)
        said(f"streams: {found}")
        return found

    def _proved(self, connection: psycopg.Connection[object], ids: Sequence[str] | None) -> float:
        began = time.perf_counter()
        for name in ("paid_without_access", "access_without_payment"):
            text = (Path(_ENROLMENTS) / f"{name}.sql").read_text()
            if connection.execute(text, {"ids": ids}).fetchone():
                raise SystemExit(f"The standing proof {name} found something.")
        return time.perf_counter() - began

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._served.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Cookie": self._cookie})
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered {answer.status}.")
        return body


_ENROLMENTS = Path(__file__).parents[1] / "src/tollkeeper/fulfilment/enrolments/sql"
_CHANGED = "SELECT id FROM ledger_payment WHERE state = 'paid' ORDER BY id DESC LIMIT %s"


def _session(dsn: str) -> str:
    env = os.environ | {"TOLLKEEPER_DATABASE_URL": dsn}
    done = subprocess.run([sys.executable, "-m", "bench.staff"], env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _draw(over: threading.Event) -> None:
    """Draw the preview of a one-page PDF again and again, as an upload would."""
    command = [sys.executable, "-m", "tollkeeper.payments.transfers.preview"]
    while not over.is_set():
        subprocess.run(command, input=_PDF, capture_output=True, check=False)


_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""


def said(sentence: str) -> None:
    """Tell how far it is."""
    print(sentence, flush=True)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tollkeeper-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m bench.counter", description=__doc__)
    parser.add_argument("--past", type=int, default=1_000_000)
    parser.add_argument("--streams", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with _folder() as folder:
        os.environ |= credentials(folder)
        run = Run(folder, past=options.past, seconds=options.seconds)
        found = dict(run.figures(options.streams))
    text = json.dumps(found, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
