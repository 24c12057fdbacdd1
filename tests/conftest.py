"""One PostgreSQL for the whole run, a database for each test process, real commits, and clean tables after each test.

Nothing is wrapped in a transaction that is rolled back: that would hide how `settle` behaves inside Django's.
`TOLLKEEPER_TEST_POSTGRES=15` runs the same suite on that major version of the machine's own server.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg.conninfo import make_conninfo

from instance import Shop, running_shop
from tables import Tables

# A machine that does much else is slow, and that is no fault of what is tried.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

PLAIN = "tollkeeper_test"
_server = None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _start_server(config)
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["TOLLKEEPER_DATABASE_URL"] = _dsn("APP", f"{PLAIN}_{name}")
    os.environ["TOLLKEEPER_TEST_OWNER_URL"] = _dsn("OWNER", f"{PLAIN}_{name}")
    os.environ["TOLLKEEPER_TEST_SUPERUSER_URL"] = _dsn("SUPERUSER", f"{PLAIN}_{name}")
    django.setup()
    from tollkeeper.server.rooms import furnish

    furnish()
    _hash_quickly()


def _hash_quickly() -> None:
    """The same hasher with fewer rounds; the real figure costs a third of a second for every person that is made.

    Processes that a test starts hash as the product does.
    """
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1000


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        _server.stop()
        shutil.rmtree(os.environ["TOLLKEEPER_TEST_FOLDER"], ignore_errors=True)


def _start_server(config: pytest.Config) -> None:
    global _server  # noqa: PLW0603  pytest's hooks share nothing else
    from tollkeeper.server.postgres import Embedded
    from tollkeeper.server.postgres.binaries import available

    folder = Path(tempfile.mkdtemp(prefix="tollkeeper-test-"))
    folder.chmod(0o755)
    wanted = os.environ.get("TOLLKEEPER_TEST_POSTGRES")
    binaries = [found for found in available() if wanted is None or found.major == int(wanted)]
    _server = Embedded(folder / "postgres", binaries=binaries)
    _server.start()
    secret = (_server.place.folder / "passwords" / "postgres").read_text().strip()
    superuser = make_conninfo(_server.dsn("owner", "{}"), user="postgres", password=secret)
    _spare_the_disk(superuser)
    os.environ |= {
        "TOLLKEEPER_TEST_FOLDER": str(folder),
        "TOLLKEEPER_TEST_APP": _server.dsn("app", "{}"),
        "TOLLKEEPER_TEST_OWNER": _server.dsn("owner", "{}"),
        "TOLLKEEPER_TEST_SUPERUSER": superuser,
        "TOLLKEEPER_SECRET_KEY": secrets.token_urlsafe(32),
        "TOLLKEEPER_DATA_DIR": str(folder),
        "TOLLKEEPER_EMAIL_URL": f"file:{folder / 'mail'}",
        "TOLLKEEPER_IKHOKHA_APP_ID": "TEST" + secrets.token_hex(14).upper(),
        "TOLLKEEPER_IKHOKHA_APP_SECRET": secrets.token_hex(16),
        "DJANGO_SETTINGS_MODULE": "tollkeeper.server.settings",
    }
    from tollkeeper.server import translations

    translations.compile_stale(folder / "locale")
    _server.create_database(PLAIN)
    environment = os.environ | {"TOLLKEEPER_DATABASE_URL": _dsn("OWNER", PLAIN)}
    subprocess.run([sys.executable, "-m", "tollkeeper.server.migrate"], env=environment, check=True)
    processes = config.getoption("numprocesses", None) or 0
    for name in ["main", *(f"gw{number}" for number in range(processes))]:
        _server.create_database(f"{PLAIN}_{name}", template=PLAIN)
        _server.create_database(f"{PLAIN}_{name}_still", template=PLAIN)


def _spare_the_disk(superuser: str) -> None:
    """Let a commit not wait for the disk: no test of this server cuts the power, and a killed process loses nothing."""
    with psycopg.connect(superuser, dbname="postgres", autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")


def _dsn(role: str, database: str) -> str:
    return os.environ[f"TOLLKEEPER_TEST_{role}"].format(database).replace("'{}'", database)


@pytest.fixture(scope="session")
def owner() -> Iterator[psycopg.Connection]:
    with psycopg.connect(os.environ["TOLLKEEPER_TEST_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def tables() -> Iterator[Tables]:
    with psycopg.connect(os.environ["TOLLKEEPER_TEST_SUPERUSER_URL"], autocommit=True) as connection:
        yield Tables(connection)


@pytest.fixture
def db(tables: Tables) -> Iterator[None]:
    """The migrated database, empty; what a test commits is gone after it."""
    from django.core.cache import cache
    from django.db import connections

    yield
    connections.close_all()
    # What a thread of a test took and did not give back must not be missing in the next one.
    connections["default"].close_pool()
    cache.clear()
    tables.empty()


@pytest.fixture
def connect(db: None) -> Iterator:
    """Opens connections of the serving role, in the way the hot path does; they are closed after the test."""
    from tollkeeper.core.database import connect as core_connect

    opened = []

    def _connect(*, autocommit: bool = False) -> psycopg.Connection:
        opened.append(core_connect(os.environ["TOLLKEEPER_DATABASE_URL"], name="test", autocommit=autocommit))
        return opened[-1]

    yield _connect
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A whole shop with demo courses and the sandbox gateway, in processes of its own; one for each test process."""
    folder = Path(tempfile.mkdtemp(prefix="tollkeeper-shop-"))
    folder.chmod(0o755)
    with running_shop(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
