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

from tollkeeper.server.postgres import Embedded

TEMPLATE = "bench_template"
COURSES = 6
PRICE_MINOR = 89_900
PAYMENTS_PER_PERSON = 4

# Ids grow with their number, as UUIDv7 do: fifty payments in each millisecond.
_ID = """
CREATE FUNCTION bench_id(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(1790000000000 + n / 50), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
    FROM md5(what || n) AS h
$$;
"""

_FILL = f"""
INSERT INTO catalog_course (id, slug, title, summary, description, price_minor, currency, cover, active, position)
SELECT bench_id('course', n), 'course-' || n, 'Course ' || n, 'A course.', 'Text.', {PRICE_MINOR}, 'ZAR', '', true, n
FROM generate_series(0, {COURSES - 1}) AS n;
INSERT INTO accounts_person (id, password, email, name, language, is_staff, is_active)
SELECT bench_id('person', n), '!', 'customer' || n || '@example.com', '', 'en', false, true
FROM generate_series(0, %(payments)s / {PAYMENTS_PER_PERSON}) AS n;
CREATE TABLE bench_webhook AS
SELECT n, bench_id('payment', n) AS payment_id, bench_id('order', n) AS order_id, bench_id('line', n) AS line_id,
    bench_id('delivery', n) AS delivery_id, bench_id('person', n / {PAYMENTS_PER_PERSON}) AS person_id,
    bench_id('course', n %% {COURSES}) AS course_id, 'BNCH-' || upper(lpad(to_hex(n), 8, '0')) AS reference,
    substr(md5('link' || n), 1, 15) AS link_id
FROM generate_series(0, %(payments)s - 1) AS n;
INSERT INTO ledger_order (id, reference, person_id, currency, total_minor, language, signed_in)
SELECT order_id, reference, person_id, 'ZAR', {PRICE_MINOR}, 'en', true FROM bench_webhook ORDER BY n;
INSERT INTO ledger_order_line (id, order_id, item, title, amount_minor)
SELECT line_id, order_id, 'course:' || course_id, 'A course', {PRICE_MINOR} FROM bench_webhook ORDER BY n;
INSERT INTO ledger_payment (id, order_id, person_id, reference, gateway, amount_minor, currency, lines, facts, state)
SELECT payment_id, order_id, person_id, reference, 'ikhokha', {PRICE_MINOR}, 'ZAR',
    jsonb_build_array(jsonb_build_object('id', line_id, 'item', 'course:' || course_id)),
    jsonb_build_object('links', jsonb_build_array(
        jsonb_build_object('id', link_id, 'url', 'https://securepay.ikhokha.red/' || link_id))), 'open'
FROM bench_webhook ORDER BY n;
INSERT INTO ledger_evidence (payment_id, key, kind, source, at, data)
SELECT payment_id, 'opened:' || link_id, 'opened', 'checkout', now(), jsonb_build_object('link',
    jsonb_build_object('id', link_id, 'url', 'https://securepay.ikhokha.red/' || link_id))
FROM bench_webhook ORDER BY n;
INSERT INTO ledger_poll (payment_id, next_at) SELECT payment_id, now() + interval '1 day' FROM bench_webhook ORDER BY n;
ALTER TABLE bench_webhook ADD PRIMARY KEY (n);
"""


class Books:
    """The server, and databases that all begin alike.

    Args:
        server: running.
        payments: how many open payments each database begins with.
    """

    def __init__(self, server: Embedded, payments: int) -> None:
        self.server = server
        self.payments = payments

    def make_template(self) -> None:
        """Migrate and fill the database that all others are copies of."""
        self.server.create_database(TEMPLATE)
        owner = self.server.dsn("owner", TEMPLATE)
        env = os.environ | {"TOLLKEEPER_OWNER_DATABASE_URL": owner, "TOLLKEEPER_DATABASE_URL": owner}
        subprocess.run([sys.executable, "-m", "tollkeeper.server.migrate"], env=env, check=True)
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(_ID)
            with psycopg.ClientCursor(connection) as cursor:
                cursor.execute(_FILL, {"payments": self.payments})
            connection.execute("VACUUM ANALYZE")

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
SELECT (SELECT count(*) FROM ledger_payment WHERE state = 'paid' AND access = 'open'),
    (SELECT count(*) FROM enrolments_grant WHERE state = 'open'),
    (SELECT count(*) FROM ledger_evidence WHERE kind <> 'opened'),
    (SELECT count(*) FROM core_journal), (SELECT count(*) FROM ledger_delivery)
"""


def folder_for_server(folder: Path) -> Path:
    """The database's folder; its parent must be open to the server's account."""
    folder.chmod(0o755)
    return folder / "postgres"
