"""A whole instance for tests: `tollkeeper serve --demo` as a process of its own, on a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from tollkeeper.server.environment import Instance, running_instance

SOURCE = Path(__file__).resolve().parents[1] / "src"
OPENS_WITHIN_SECONDS = 120
STOPS_WITHIN_SECONDS = 30


@dataclass(frozen=True)
class Shop:
    """A running shop.

    `env` is what a command needs to act on it; `courses` are slugs in the shop's order.
    """

    process: subprocess.Popen[bytes]
    instance: Instance
    data_dir: Path
    env: Mapping[str, str] = field(repr=False)
    courses: tuple[str, ...]
    sign_ins: Mapping[str, tuple[str, str]] = field(repr=False)

    @property
    def url(self) -> str:
        return self.instance.local_address

    @property
    def sandbox_url(self) -> str:
        assert self.instance.sandbox_address is not None
        return self.instance.sandbox_address

    @property
    def dsn(self) -> str:
        """The database, as the serving role."""
        return self.instance.environment["TOLLKEEPER_DATABASE_URL"]

    @property
    def owner_dsn(self) -> str:
        secret = (self.data_dir / "postgres" / "passwords" / "tollkeeper_owner").read_text().strip()
        return make_conninfo(self.dsn, user="tollkeeper_owner", password=secret)

    @property
    def buyer_email(self) -> str:
        return self.sign_ins["buyer"][0]

    @property
    def buyer_password(self) -> str:
        return self.sign_ins["buyer"][1]

    @property
    def staff_email(self) -> str:
        return self.sign_ins["staff"][0]

    @property
    def staff_password(self) -> str:
        return self.sign_ins["staff"][1]

    def ask(self, query: LiteralString) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def running_shop(folder: Path, **settings: str) -> Iterator[Shop]:
    """Start an instance on a folder and stop it at the end; what it printed is in `serve.log` there.

    Args:
        folder: any account must be able to enter it; the data of an earlier run there is used again.
        settings: `TOLLKEEPER_…` without the prefix, in lower case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(folder, **settings)
    with (folder / "serve.log").open("ab") as log:
        command = [sys.executable, "-m", "tollkeeper.cli.main", "serve", "--demo"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        instance = _opened(process, folder)
        sign_ins = json.loads((folder / "data" / "demo_sign_ins.json").read_text())
        shop = Shop(
            process,
            instance,
            folder / "data",
            env,
            _courses(instance),
            {entry["role"]: (entry["email"], entry["password"]) for entry in sign_ins},
        )
        yield shop
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an instance on a folder: nothing of ours, and what it needs.

    No port is named: the instance takes the next free one by itself, and nobody can snatch it in between.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TOLLKEEPER_")}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        inherited.pop(name, None)
    own = {
        "TOLLKEEPER_DATA_DIR": str(folder / "data"),
        "TOLLKEEPER_EMAIL_URL": f"file:{folder / 'mail'}",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(SOURCE), os.environ.get("PYTHONPATH")))),
    }
    return inherited | own | {f"TOLLKEEPER_{name.upper()}": value for name, value in settings.items()}


def _opened(process: subprocess.Popen[bytes], folder: Path) -> Instance:
    deadline = time.monotonic() + OPENS_WITHIN_SECONDS
    while (found := running_instance(folder / "data")) is None or found.pid != process.pid:
        said = (folder / "serve.log").read_text(errors="replace")[-3000:]
        assert process.poll() is None, f"The shop ended with {process.returncode}:\n{said}"
        assert time.monotonic() < deadline, f"The shop did not open within {OPENS_WITHIN_SECONDS} s:\n{said}"
        time.sleep(0.05)
    return found


def _courses(instance: Instance) -> tuple[str, ...]:
    with psycopg.connect(instance.environment["TOLLKEEPER_DATABASE_URL"], autocommit=True) as connection:
        rows = connection.execute("SELECT slug FROM catalog_course WHERE active ORDER BY position").fetchall()
    return tuple(row[0] for row in rows)
