"""A whole shop for tests: a running instance with demo data, and what a test wants to know of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from tollkeeper.proofs.instance import environment_for, started
from tollkeeper.server.environment import Instance


@dataclass(frozen=True)
class Shop:
    """A running shop.

    `env` is the environment in which a command finds it; `courses` are slugs in the shop's order.
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
        folder: every account must be able to enter it; the data of an earlier run there is used again.
        settings: `TOLLKEEPER_…` without the prefix, in lower case.
    """
    env = environment_for(folder, **settings)
    with started(folder, env) as (process, instance):
        data = folder / "data"
        sign_ins = json.loads((data / "demo_sign_ins.json").read_text())
        people = {entry["role"]: (entry["email"], entry["password"]) for entry in sign_ins}
        yield Shop(process, instance, data, env, _courses(instance), people)


def _courses(instance: Instance) -> tuple[str, ...]:
    with psycopg.connect(instance.environment["TOLLKEEPER_DATABASE_URL"], autocommit=True) as connection:
        rows = connection.execute("SELECT slug FROM catalog_course WHERE active ORDER BY position").fetchall()
    return tuple(row[0] for row in rows)
