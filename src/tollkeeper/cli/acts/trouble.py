"""Tells a database that does not answer from a fault of ours."""

from __future__ import annotations

import psycopg
from psycopg_pool import PoolTimeout

from tollkeeper.cli.output import Away
from tollkeeper.core.database import connect
from tollkeeper.core.settings import settings

_CONNECTION = ("08", "57P")
"""SQLSTATE classes of a connection that failed or was ended by the server (PostgreSQL, appendix A)."""


class DatabaseAway(Away):
    """The database does not answer."""

    code = "database_away"
    remedy = "See that `tollkeeper serve` runs and that DATABASE_URL, if set, names the right database."


def look() -> None:
    """See that the database is there, so that a command ends at once, with the cause, when it is not.

    Raises:
        psycopg.OperationalError: it is not.
    """
    known = settings().database_url
    if known is not None:
        connect(known.get_secret_value(), name="command").close()


def away(error: BaseException) -> DatabaseAway | None:
    """What to say if the database was not there; None for any other error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PoolTimeout):
            return DatabaseAway("The database does not answer: no connection came within the time.")
        if isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "08").startswith(_CONNECTION):
            said = " ".join(str(cause).split()).rstrip("?.")
            return DatabaseAway(f"The database does not answer: {said or type(cause).__name__}.")
        cause = cause.__cause__
    return None
