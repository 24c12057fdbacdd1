"""Takes one subject through the levels, and believes only what the database shows afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.books import settled
from bench.load import Level, Meter, drive
from bench.shop import Served
from bench.webhooks import Requests

QUIET_SECONDS = 0.4
WARM_UP = 2_000


class Climb:
    """A subject's way through its database.

    Args:
        requests: all of them; each is sent once.
        dsn: the subject's database, as the owner.
        database_pid: of the server's first process.
    """

    def __init__(self, requests: Requests, dsn: str, database_pid: int) -> None:
        self._requests = requests
        self._dsn = dsn
        self._database_pid = database_pid
        self._next = 0
        self._settled = 0

    def level(self, served: Served, connections: int, seconds: int) -> Level:
        """One level, with the database's own count.

        Raises:
            SystemExit: an answer promised what the database does not show, or the requests ran out.
        """
        with Meter({"server": served.pids, "database": [self._database_pid]}) as meter:
            found, wrk_cores = drive(
                self._requests, self._next, port=served.port, connections=connections, seconds=seconds
            )
        self._next += found.answered + connections + 2
        if self._next > self._requests.count:
            raise SystemExit("The requests ran out; make more payments.")
        before, self._settled = self._settled, self._quiet()
        found.settled = self._settled - before
        ours = sum(meter.cores.values()) + wrk_cores
        found.cores = {name: round(cores, 2) for name, cores in (meter.cores | {"wrk": wrk_cores}).items()}
        found.stranger_cores = round(max(0.0, meter.machine - ours), 2)
        if not found.answered - found.refused <= found.settled <= found.answered + connections + 1:
            raise SystemExit(f"Answered {found.answered}, refused {found.refused}, but settled {found.settled}.")
        return found

    def levels(self, served: Served, connections: Sequence[int], seconds: int) -> list[Level]:
        """A short level to warm up, then each in turn."""
        self.level(served, 8, 1)
        return [self.level(served, number, seconds) for number in connections]

    def _quiet(self) -> int:
        """The count, once it stands still."""
        count = -1
        while (now := settled(self._dsn)) != count:
            count = now
            time.sleep(QUIET_SECONDS)
        return count
