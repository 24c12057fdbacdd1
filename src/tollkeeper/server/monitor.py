"""The monitor: feeds the journal's consumers. Two may run; each consumer's locked row is the fence between them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import django
import psycopg
import structlog
from django.db import OperationalError
from django.db import connection as django_connection

from tollkeeper.core import audit, journal
from tollkeeper.core.database import Connection, connect, plain_cursor
from tollkeeper.core.journal import Effect
from tollkeeper.core.logs import configure_logs
from tollkeeper.core.settings import settings
from tollkeeper.server.loops import Loop, run_until_told
from tollkeeper.server.rooms import furnish

LOOK_SECONDS = 0.25
PATIENCE = 5
"""How often a line may fail its consumer before it is passed over, with an audit line that says so."""

log = structlog.get_logger("application")


class Consumer:
    """One consumer of the journal, on a connection of its own.

    Args:
        dsn: the database, as the serving role.
        name: of its cursor.
        effect: what it does with lines.
    """

    def __init__(self, dsn: str, name: str, effect: Effect) -> None:
        self._dsn = dsn
        self.name = name
        self._effect = effect
        self._connection: Connection | None = None
        self._failures = 0

    def look(self) -> int:
        """Consume what is there. After a failure line by line, so that the one that fails stands alone.

        A database that goes away is no line's fault, however often: nothing is passed over for it.
        """
        # Effects may read through Django's connection, which nobody else tends in this process.
        django_connection.close_if_unusable_or_obsolete()
        connection = self._connected()
        try:
            done = journal.consume(connection, self.name, self._effect, limit=1 if self._failures else 500)
        except (psycopg.OperationalError, OperationalError):
            raise
        except Exception:
            connection.rollback()
            self._failures += 1
            if self._failures <= PATIENCE:
                raise
            done = journal.consume(connection, self.name, self._pass_over, limit=1)
        self._failures = 0 if done else self._failures
        return done

    def _pass_over(self, connection: Connection, lines: object) -> None:
        with plain_cursor(connection) as cursor:
            audit.record(cursor, act="journal.passed_over", thing=self.name, by="monitor", data={"lines": str(lines)})

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, name=f"journal {self.name}", autocommit=True)
            journal.enrol_consumer(self._connection, self.name)
        return self._connection


def consumers() -> Mapping[str, Effect]:
    """Every consumer of the journal by name."""
    from tollkeeper.fulfilment.enrolments import journal as enrolments  # noqa: PLC0415  after django.setup
    from tollkeeper.payments.ledger import journal as ledger  # noqa: PLC0415

    return {
        "enrolments.fast_track_approvals": enrolments.record_fast_tracks,
        "enrolments.mails": enrolments.tell_customers,
        "enrolments.standing_proof": enrolments.prove_what_changed,
        "ledger.interventions": ledger.tell_staff,
        "ledger.returns": ledger.tell_payers,
    }


def main() -> int:
    """`python -m tollkeeper.server.monitor`: watch until SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    configure_logs()
    furnish()
    django.setup()
    url = settings().database_url
    dsn = url.get_secret_value() if url else ""
    made = [Consumer(dsn, name, effect) for name, effect in consumers().items()]
    run_until_told([Loop(consumer.name, consumer.look, LOOK_SECONDS) for consumer in made])
    return 0


if __name__ == "__main__":
    sys.exit(main())
