"""Commands as people give them: processes of their own, on a running shop or on nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instance import Shop
from tollkeeper.core.database import connect, plain_cursor
from tollkeeper.core.flags import FAST_TRACK, set_flag
from tollkeeper.proofs.instance import environment_for


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Answer]


def run(*words: str, env: dict[str, str]) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "tollkeeper.cli.main", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def alone(tmp_path: Path) -> Command:
    """A command where no instance runs."""
    return lambda *words, **more: run(*words, env=environment_for(tmp_path) | more)


@pytest.fixture
def tell(shop: Shop) -> Command:
    """A command beside the running shop."""
    return lambda *words, **more: run(*words, env=dict(shop.env) | more)


@pytest.fixture
def by_hand(shop: Shop) -> Iterator[None]:
    """Payments wait for approval while the test runs."""
    _turn_fast_track(shop, enabled=False)
    yield
    _turn_fast_track(shop, enabled=True)


def _turn_fast_track(shop: Shop, *, enabled: bool) -> None:
    with connect(shop.dsn, name="test") as connection, plain_cursor(connection) as cursor:
        set_flag(cursor, FAST_TRACK, enabled=enabled, by="staff@example.com", reason="A test decides by hand.")


@pytest.fixture
def me() -> str:
    import pwd

    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
