from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from server.make import until
from tollkeeper.server.postgres import Embedded


@pytest.fixture
def house():
    """A folder that every account may pass through, as a clone under /srv or /opt is."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="tk-"))
    folder.chmod(0o711)
    yield folder
    until(lambda: _removed(folder))


@pytest.fixture
def shelf():
    """Where root puts what the server's account must reach."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="tk-shelf-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database():
    """One running database for the tests that do not start or stop it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="tk-"))
    folder.chmod(0o711)
    with Embedded(folder / "postgres") as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def foreign_folder(house):
    """A folder that belongs to neither us nor the servers' account, and its owner's name."""
    if os.geteuid() != 0:
        return Path("/usr/lib"), "root"
    folder = house / "postgres"
    folder.mkdir()
    (folder / "theirs").touch()
    shutil.chown(folder, "daemon")
    return folder, "daemon"


def _removed(folder):
    # A server whose supervisor a test has killed may still be writing its last words.
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.fixture
def fresh_server(house):
    """The address of a role that may create roles, on a server that knows none of ours."""
    with Embedded(house / "postgres") as running:
        secret = (running.place.folder / "passwords/postgres").read_text()
        boss = make_conninfo(running.dsn(), user="postgres", dbname="postgres", password=secret)
        with psycopg.connect(boss, autocommit=True) as connection:
            connection.execute("DROP DATABASE tollkeeper")
            connection.execute(
                "DROP ROLE tollkeeper_app, tollkeeper_owner, tollkeeper_till, tollkeeper_report, tollkeeper_backup"
            )
            connection.execute("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'maker-secret'")
            connection.execute("CREATE DATABASE shop OWNER maker")
        yield make_conninfo(boss, user="maker", dbname="shop", password="maker-secret")
