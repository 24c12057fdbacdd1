"""Tells a database that does not answer from a fault of ours."""

from __future__ import annotations

import psycopg
from psycopg_pool import PoolTimeout

from tollkeeper.cli.output import Away

_CONNECTION = ("08", "57P")
"""SQLSTATE classes of a connection that failed or was ended by the server (PostgreSQL, appendix A)."""


class DatabaseAway(Away):
    """The database does not answer."""

    code = "database_away"
    remedy = "See that `tollkeeper serve` runs and that DATABASE_URL, if set, names the right database."


def away(error: BaseException) -> DatabaseAway | None:
    """What to say if the database was not there; None for any other error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PoolTimeout):
            return DatabaseAway("The database does not answer: no connection came within the time.")
        if isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "08").startswith(_CONNECTION):
            said = " ".join(str(cause).split())
            return DatabaseAway(f"The database does not answer: {said or type(cause).__name__}.")
        cause = cause.__cause__
    return None
