"""Clusters and sessions of PostgreSQL beside the one of the test run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from psycopg.conninfo import conninfo_to_dict

from tollkeeper.server.account import Command, launch
from tollkeeper.server.postgres import Embedded

Found = TypeVar("Found")


def eventually(read: Callable[[], Found], *, is_right: Callable[[Found], bool], within: float = 30.0) -> Found:
    """What is read as soon as it is right, or at last: other test processes write in the same cluster too."""
    deadline = time.monotonic() + within
    while not is_right(found := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def first_mail(connection, effect, recipient: str):
    """The first mail to an address that a reader of the journal writes, reading from the start."""
    from tollkeeper.core.journal import consume, enrol_consumer
    from tollkeeper.messaging.models import OutboxMessage

    def look():
        consume(connection, effect.__name__, effect)
        return OutboxMessage.objects.filter(recipient=recipient).order_by("id").first()

    enrol_consumer(connection, effect.__name__)
    return eventually(look, is_right=bool)


@contextmanager
def cluster(folder: Path, **arguments) -> Iterator[Embedded]:
    """A cluster of its own with the migrated database in it."""
    folder.chmod(0o755)
    with Embedded(folder / "postgres", **arguments) as server:
        migrate(server.dsn("owner"))
        yield server


def migrate(owner_dsn: str) -> str:
    """Bring a database to this release, as `make run` does; returns what was said."""
    environment = os.environ | {"TOLLKEEPER_DATABASE_URL": owner_dsn}
    command = [sys.executable, "-m", "tollkeeper.server.migrate"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stderr


def run(server: Embedded, program: str, *arguments: str, dsn: str, stdin: bytes = b"") -> bytes:
    """One of PostgreSQL's programs, on a database, as the account that may run it."""
    parts = conninfo_to_dict(dsn)
    environment = {
        "PATH": os.defpath,
        "PGHOST": str(parts["host"]),
        "PGPORT": str(parts["port"]),
        "PGUSER": str(parts["user"]),
        "PGPASSWORD": str(parts["password"]),
        "PGDATABASE": str(parts["dbname"]),
    }
    command = Command((server.binaries.program(program), *arguments), server.account, environment, cwd=Path("/"))
    process = launch(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said, complained = process.communicate(stdin)
    assert process.returncode == 0, complained.decode()
    return said
