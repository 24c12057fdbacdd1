"""A database for measuring: migrated by the product, filled with open payments, copied fresh for each subject."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tollkeeper.proofs.past import Past, analyse, make
from tollkeeper.server.postgres import Embedded

TEMPLATE = "bench_template"

# What the load generator and the limits need to know of each open payment.
_WEBHOOKS = """
CREATE TABLE bench_webhook AS
SELECT n, past_id('payment', n) AS payment_id, past_id('order', n) AS order_id, past_id('line', n) AS line_id,
    past_id('bench delivery', n) AS delivery_id, payment.person_id, payment.reference,
    split_part(payment.lines->0->>'item', ':', 2)::uuid AS course_id, payment.facts->'links'->0->>'id' AS link_id
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
JOIN ledger_payment AS payment ON payment.id = past_id('payment', n);
UPDATE bench_webhook SET n = n - %(first)s;
ALTER TABLE bench_webhook ADD PRIMARY KEY (n);
"""


class Books:
    """The server, and databases that all begin alike.

    Args:
        server: running.
        payments: how many open payments each database begins with.
        past: how many older payments there are besides.
    """

    def __init__(self, server: Embedded, payments: int, *, past: int = 0) -> None:
        self.server = server
        self.payments = payments
        self.past = past

    def make_template(self) -> None:
        """Migrate and fill the database that all others are copies of."""
        self.server.create_database(TEMPLATE)
        owner = self.server.dsn("owner", TEMPLATE)
        env = os.environ | {"TOLLKEEPER_OWNER_DATABASE_URL": owner, "TOLLKEEPER_DATABASE_URL": owner}
        subprocess.run([sys.executable, "-m", "tollkeeper.cli.prepare"], env=env, check=True)
        with psycopg.connect(owner, autocommit=True) as connection:
            make(connection, Past(self.past))
            make(connection, Past(self.payments, first=self.past, open_only=True))
            with psycopg.ClientCursor(connection) as cursor:
                cursor.execute(_WEBHOOKS, {"first": self.past, "last": self.past + self.payments - 1})
            analyse(connection)

    @contextmanager
    def fresh(self, name: str) -> Iterator[str]:
        """A copy for one subject; gone afterwards."""
        self.server.create_database(name, template=TEMPLATE)
        # Else a subject would pay for writing the copy down.
        with self.server._superuser() as connection:  # noqa: SLF001  only the server's own account may order it
            connection.execute("CHECKPOINT")
        time.sleep(1)
        try:
            yield name
        finally:
            self.server.drop_database(name)

    @property
    def pid(self) -> int:
        """Of the server's first process.

        Raises:
            SystemExit: it is not running.
        """
        if self.server.pid is None:
            raise SystemExit("The database server is not running.")
        return self.server.pid

    def app(self, name: str) -> str:
        """The address as the serving role."""
        return self.server.dsn("app", name)

    def owner(self, name: str) -> str:
        """The address as the owner."""
        return self.server.dsn("owner", name)


def settled(dsn: str) -> int:
    """How many payments show the whole effect: paid, access open, a grant, two lines of evidence more, two journal
    lines and the raw bytes."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(_SETTLED).fetchone()
    if row is None:
        raise SystemExit("The database did not count.")
    counts = dict(zip(("paid", "grants", "evidence", "journal", "deliveries"), row, strict=True))
    if len({counts["paid"], counts["grants"], counts["evidence"] // 2, counts["journal"] // 2}) != 1:
        raise SystemExit(f"The effects do not agree: {counts}.")
    if counts["deliveries"] < counts["paid"]:
        raise SystemExit(f"Raw bytes are missing: {counts}.")
    return int(counts["paid"])


_SETTLED = """
WITH ours AS (SELECT payment_id FROM bench_webhook)
SELECT (SELECT count(*) FROM ledger_payment JOIN ours ON payment_id = id WHERE state = 'paid' AND access = 'open'),
    (SELECT count(*) FROM enrolments_grant JOIN ours USING (payment_id) WHERE state = 'open'),
    (SELECT count(*) FROM ledger_evidence JOIN ours USING (payment_id) WHERE kind <> 'opened'),
    (SELECT count(*) FROM core_journal JOIN ours USING (payment_id)),
    (SELECT count(*) FROM ledger_delivery JOIN ours USING (payment_id))
"""


def folder_for_server(folder: Path) -> Path:
    """The database's folder; its parent must be open to the server's account."""
    folder.chmod(0o755)
    return folder / "postgres"
