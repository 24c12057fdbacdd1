"""Watches the flags that a process keeps in memory: read every 250 ms, so that a switch reaches it within a second."""

from __future__ import annotations

import asyncio

import psycopg

from tollkeeper.core.flags import SQL, STRICT
from tollkeeper.payments.intake.policy import Trust

LOOK_SECONDS = 0.25


class FlagWatch:
    """Keeps `Trust.strict_now` as the flag says.

    Args:
        dsn: the database, as the serving role.
        trust: what is told.
    """

    def __init__(self, dsn: str, trust: Trust) -> None:
        self._dsn = dsn
        self._trust = trust

    async def watch(self) -> None:
        """Look for ever. While the database is away nothing can be settled, so the last word stands."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="tollkeeper flags", connect_timeout=5
                ) as connection:
                    while True:
                        rows = await (await connection.execute(SQL["read_flags"])).fetchall()
                        self._trust.strict_now = (STRICT, True) in rows
                        await asyncio.sleep(LOOK_SECONDS)
            except psycopg.Error:
                await asyncio.sleep(LOOK_SECONDS)
