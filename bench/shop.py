"""Tollkeeper as a subject: its web process, alone or with worker and monitor, on a database of its own."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A server that answers: its port and its processes."""

    port: int
    pids: tuple[int, ...]


def credentials(folder: Path) -> dict[str, str]:
    """What this run's processes share; made anew for each run."""
    return {
        "TOLLKEEPER_DATA_DIR": str(folder / "data"),
        "TOLLKEEPER_SECRET_KEY": secrets.token_urlsafe(32),
        "TOLLKEEPER_IKHOKHA_APP_ID": "BENCH" + secrets.token_hex(13).upper() + "A",
        "TOLLKEEPER_IKHOKHA_APP_SECRET": secrets.token_hex(16),
        "TOLLKEEPER_IKHOKHA_BASE_URL": "http://127.0.0.1:9",  # nobody listens there: a run asks no real gateway
        "TOLLKEEPER_EMAIL_URL": f"file:{folder / 'mail'}",
        "DJANGO_SETTINGS_MODULE": "tollkeeper.server.settings",
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(folder: Path, commands: Sequence[Sequence[str]], env: Mapping[str, str], port: int) -> Iterator[Served]:
    """Run commands until the block ends; the first listens on the port. What they say is kept in the folder."""
    log = (folder / "subjects.log").open("ab")
    running = [
        subprocess.Popen(command, env=os.environ | env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        for command in commands
    ]
    try:
        _wait_until_open(port, running[0], folder)
        yield Served(port, tuple(process.pid for process in running))
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        log.close()


@contextmanager
def tollkeeper(folder: Path, dsn: str, *, others: bool = False, **settings: str) -> Iterator[Served]:
    """The web process as `tollkeeper serve` starts it.

    Args:
        dsn: as the serving role.
        others: also worker and monitor.
        settings: `TOLLKEEPER_…` without the prefix, in lower case.
    """
    port = free_port()
    env = {"TOLLKEEPER_DATABASE_URL": dsn, "TOLLKEEPER_PORT": str(port), "TOLLKEEPER_IKHOKHA_POLICY": "instant"}
    env |= {f"TOLLKEEPER_{name.upper()}": value for name, value in settings.items()}
    names = ["web", "worker", "monitor"] if others else ["web"]
    commands = [[sys.executable, "-m", f"tollkeeper.server.{name}"] for name in names]
    with serving(folder, commands, env, port) as served:
        yield served


def _wait_until_open(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    said = (folder / "subjects.log").read_text(errors="replace")[-2000:]
    raise SystemExit(f"A server did not open:\n{said}")
