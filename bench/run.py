"""One run: the database, the requests, then each subject in turn on a fresh copy."""

from __future__ import annotations

from pathlib import Path

from bench.books import TEMPLATE, Books, folder_for_server
from bench.levels import Climb
from bench.shop import tollkeeper
from bench.webhooks import Requests, prepare
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.ikhokha import IKhokha
from tollkeeper.server.postgres import Embedded

CONNECTIONS = (1, 16, 64, 256)


def run(folder: Path, *, payments: int, seconds: int) -> None:
    """Measure the web process alone, then with worker and monitor beside it, and print each level."""
    with Embedded(folder_for_server(folder)) as server:
        books = Books(server, payments)
        books.make_template()
        requests = _requests(books, folder / "requests")
        for others in (False, True):
            print("with worker and monitor" if others else "web process alone", flush=True)
            with books.fresh("subject") as name, tollkeeper(folder, books.app(name), others=others) as served:
                climb = Climb(requests, books.owner(name), server.pid or 0)
                for level in climb.levels(served, CONNECTIONS, seconds):
                    print(
                        f"  c={level.connections:<4} {level.settled / level.seconds:>7,.0f}/s"
                        f"  p50 {level.p50:.2f} ms  p99 {level.p99:.1f} ms  refused {level.refused}"
                        f"  cores {level.cores}  strangers {level.stranger_cores}",
                        flush=True,
                    )


def _requests(books: Books, path: Path) -> Requests:
    app_id, secret = settings().ikhokha_app_id, settings().ikhokha_app_secret
    if app_id is None or secret is None:
        raise SystemExit("The bench's own credentials are missing.")
    return prepare(
        books.owner(TEMPLATE),
        path,
        app_id=app_id,
        secret=secret.get_secret_value(),
        callback_path=IKhokha(settings()).callback_path,
    )
