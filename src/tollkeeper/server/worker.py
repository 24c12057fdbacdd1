"""The worker: sends messages, climbs the ladder, does runs and the periodic jobs. As many as wanted may run."""

from __future__ import annotations

import asyncio
import os
import sys

import django
from django.db import connection as django_connection

from tollkeeper.core.database import Connection, connect, plain_cursor
from tollkeeper.core.logs import configure_logs
from tollkeeper.core.settings import settings
from tollkeeper.core.switchboard import Capability, allowed, read_modes
from tollkeeper.server.loops import Loop, run_until_told
from tollkeeper.server.rooms import furnish


class Lent:
    """A connection of a loop's own, opened when first needed and again after it was lost.

    Args:
        dsn: the database, as the serving role.
        name: what it is for.
    """

    def __init__(self, dsn: str, name: str) -> None:
        self._dsn = dsn
        self._name = name
        self._connection: Connection | None = None

    def __call__(self) -> Connection:
        """The connection, alive as far as we know."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, name=self._name)
        return self._connection


def main() -> int:
    """`python -m tollkeeper.server.worker`: work until SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    configure_logs()
    furnish()
    django.setup()
    from tollkeeper.server.periodic import serve  # noqa: PLC0415  models may be imported only after django.setup

    run_until_told(_loops(), [serve])
    return 0


def _loops() -> list[Loop]:
    from tollkeeper.core.runs import perform_next  # noqa: PLC0415  models may be imported only after django.setup
    from tollkeeper.messaging.delivery import deliver_due  # noqa: PLC0415
    from tollkeeper.payments.ledger.jobs import climb  # noqa: PLC0415

    url = settings().database_url
    dsn = url.get_secret_value() if url else ""
    letters, runs = Lent(dsn, "messages"), Lent(dsn, "runs")
    runner = asyncio.Runner()

    def climb_once() -> int:
        django_connection.close_if_unusable_or_obsolete()
        climb(runner)
        return 0

    return [
        Loop("messages", lambda: deliver_due(letters()) if _may(Capability.OUTBOUND_NOTIFY, letters()) else 0, 0.25),
        Loop("ladder", climb_once, 0.25),
        Loop("runs", lambda: int(perform_next(runs())), 0.5),
    ]


def _may(capability: Capability, connection: Connection) -> bool:
    with connection.transaction(), plain_cursor(connection) as cursor:
        return allowed(capability, read_modes(cursor))


if __name__ == "__main__":
    sys.exit(main())
