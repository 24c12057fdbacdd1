"""One run: every subject on a database of its own, one after the other, then the limits and the till alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from bench import alone, instances
from bench.books import TEMPLATE, Books, folder_for_server
from bench.levels import Climb
from bench.limits import LIMITS, measure
from bench.names import Figures
from bench.shop import tollkeeper
from bench.subjects import SUBJECTS, NotHere, Subject
from bench.webhooks import Requests, prepare
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.ikhokha import IKhokha
from tollkeeper.server.postgres import Embedded

CONNECTIONS = (1, 16, 64, 256)


def run(folder: Path, *, payments: int, seconds: int, only: Collection[str]) -> Iterator[tuple[str, Figures]]:
    """Measure one after the other, and give each as soon as it is there.

    Args:
        folder: temporary; everything is made in it.
        payments: that each database begins with.
        seconds: for each level.
        only: names to measure.

    Returns:
        Pairs of a name and its figures.
    """
    with Embedded(folder_for_server(folder)) as server:
        books = Books(server, payments)
        _say("making the books")
        books.make_template()
        requests = _requests(books, folder)
        for subject in SUBJECTS:
            if subject.name in only:
                yield subject.name, _measured(subject, folder, books, requests, seconds)
        for limit in LIMITS:
            if limit.name in only:
                with books.fresh("subject") as name:
                    yield limit.name, _said(limit.label, measure(limit, books, name, seconds))
        if "alone" in only:
            with books.fresh("subject") as name, tollkeeper(folder, books.app(name)) as served:
                yield "alone", _said("alone", alone.measure(served, requests, books.owner(name)))
    for name, figure in (("instance", instances.cold_start), ("confirm", instances.confirm_first)):
        if name in only:
            yield name, _said(name, figure(folder / name))


def _said(label: str, figures: Figures) -> Figures:
    _say(f"{label}: {figures}")
    return figures


def _measured(subject: Subject, folder: Path, books: Books, requests: Requests, seconds: int) -> Figures:
    try:
        with books.fresh("subject") as name, subject.start(folder, books, name) as served:
            climb = Climb(requests, books.owner(name), books.pid)
            levels = climb.levels(served, CONNECTIONS, seconds)
    except NotHere as error:
        _say(f"{subject.label}: not measured, {error}")
        return {"not_measured": str(error)}
    for level in levels:
        _say(f"{subject.label}, {level.connections} connections: {level.rate:.0f}/s")
    return {"levels": [asdict(level) | {"rate": level.rate} for level in levels]}


def _requests(books: Books, folder: Path) -> Requests:
    ours = settings()
    secret = ours.ikhokha_app_secret
    if secret is None or ours.ikhokha_app_id is None:
        raise SystemExit("The run has no credentials.")
    return prepare(
        books.owner(TEMPLATE),
        folder / "requests",
        app_id=ours.ikhokha_app_id,
        secret=secret.get_secret_value(),
        callback_path=IKhokha(ours).callback_path,
    )


def _say(sentence: str) -> None:
    print(sentence, flush=True)
