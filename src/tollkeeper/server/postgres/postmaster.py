"""One running PostgreSQL server as our direct child: start it, wait until it answers, stop it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tollkeeper.core import clock
from tollkeeper.core.errors import Fault
from tollkeeper.server.account import Account, Command, as_account, launch
from tollkeeper.server.postgres.binaries import Binaries
from tollkeeper.server.postgres.cluster import ENVIRONMENT
from tollkeeper.server.postgres.place import FolderInUse, Place

Pause = Callable[[float], None]
"""Waits for so many seconds; may raise to give up what is being waited for."""

_GRACE_SECONDS = 2.0
"""How long a predecessor may take to notice that its supervisor died."""
_LEFTOVERS_SECONDS = 15.0
"""How long the remains of a killed server (zombie, shared memory) may stand in the way of the next."""
_TELL_EVERY_SECONDS = 10.0
_PID_LINE, _STATUS_LINE = 0, 7
"""Lines of postmaster.pid (PostgreSQL's source, src/include/utils/pidfile.h, counting from 0)."""


class ServerFailed(Fault):
    """PostgreSQL did not start."""

    code = "postgres_failed"
    remedy = "Read PostgreSQL's log, mend what it names, then start again."


class _InTheWay(Exception):
    """The remains of a killed server keep a new one from starting yet."""


class Postmaster:
    """The server process of one place."""

    def __init__(self, place: Place, account: Account, *, announce: Callable[[str], None], pause: Pause) -> None:
        """Args:
        announce: is told, in a sentence, when a start takes long.
        pause: how to wait; `time.sleep` will do.
        """
        self._place = place
        self._account = account
        self._announce = announce
        self._pause = pause
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, binaries: Binaries, socket: Path) -> None:
        """Start the server and wait until it accepts connections, however long its recovery takes.

        Raises:
            FolderInUse: a server that is not ours runs on the folder.
            ServerFailed: with what it said last.
        """
        self._wait_for_predecessor()
        deadline = clock.monotonic() + _LEFTOVERS_SECONDS
        while True:
            try:
                self._try_to_start(binaries, socket)
            except _InTheWay as remains:
                if clock.monotonic() > deadline:
                    raise ServerFailed(f"PostgreSQL did not start: {remains}") from remains
                self._pause(0.1)
            else:
                return

    def stop(self, *, hurry: Callable[[], bool] = lambda: False, patience: float = 60.0) -> None:
        """Stop the server: sessions are ended and the last changes written (a fast shutdown).

        Args:
            hurry: asked now and then; true ends the server at once, and it recovers at its next start.
            patience: seconds after which it is ended at once too.
        """
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        deadline = clock.monotonic() + patience
        while not _ended(process, within=0.05):
            if hurry() or clock.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                if not _ended(process, within=5.0):
                    process.kill()
                process.wait()

    def _try_to_start(self, binaries: Binaries, socket: Path) -> None:
        with tempfile.TemporaryFile() as said:
            options = [f"--{name}={value}" for name, value in self._options(socket).items()]
            argv: list[str | Path] = [binaries.program("postgres"), "-D", self._place.cluster, *options]
            # SIGINT is PostgreSQL's fast shutdown: it gets it from the kernel even when we are killed.
            command = Command(argv, self._account, ENVIRONMENT, dies_with_us=signal.SIGINT, cwd=self._place.folder)
            self._process = launch(command, stdout=said, stderr=said)
            self._wait_until_ready(self._process)
            if self._process.poll() is None:
                return
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
        if '"postmaster.pid" already exists' in text or "shared memory block" in text:
            raise _InTheWay(text)
        raise ServerFailed(f"PostgreSQL did not start: {text[-500:]} Its log is in {self._place.log}.")

    def _options(self, socket: Path) -> Mapping[str, str]:
        quoted = str(socket).replace('"', '""')
        return {
            "listen_addresses": "",
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "hba_file": str(self._place.folder / "pg_hba.conf"),
            "port": "5432",
            "logging_collector": "on",
            "log_destination": "stderr",
            "log_directory": str(self._place.log),
        }

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        began = told = clock.monotonic()
        while process.poll() is None:
            lines = _pid_file(self._place.cluster)
            if lines[_PID_LINE] == str(process.pid) and lines[_STATUS_LINE] == "ready":
                return
            if clock.monotonic() - told > _TELL_EVERY_SECONDS:
                told = clock.monotonic()
                self._announce(f"PostgreSQL has been recovering its data for {told - began:.0f} seconds; waiting.")
            self._pause(0.01)

    def _wait_for_predecessor(self) -> None:
        deadline = clock.monotonic() + _GRACE_SECONDS
        while True:
            lines = _pid_file(self._place.cluster)
            pid = int(lines[_PID_LINE]) if lines[_PID_LINE].isdecimal() else None
            if pid is None:
                return
            if not _serves(pid, self._place.cluster):
                self._disown(pid)
                return
            if lines[_STATUS_LINE] != "stopping" and clock.monotonic() > deadline:
                raise FolderInUse(f"Another PostgreSQL, process {pid}, runs on {self._place.cluster}.")
            self._pause(0.05)

    def _disown(self, pid: int) -> None:
        """Let a stale pid file name us instead of whoever got that pid since.

        PostgreSQL refuses to start while any live process of its account has the pid in the file, but never minds
        its own parent. The rest of the file stays: its shared memory key guards against orphaned sessions.
        """
        if not Path(f"/proc/{pid}").exists():
            return
        path = self._place.cluster / "postmaster.pid"
        with suppress(FileNotFoundError):
            text = path.read_text()
            mended = re.sub(r"\A\d+", str(os.getpid()), text)
            as_account(self._account, lambda: str(path.write_text(mended)))


def _serves(pid: int, cluster: Path) -> bool:
    """Whether the process works in the cluster's folder, as a postmaster does; a zombie works nowhere."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


def _pid_file(cluster: Path) -> list[str]:
    try:
        lines = [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        lines = []
    return [*lines, *[""] * (_STATUS_LINE + 1)]


def _ended(process: subprocess.Popen[bytes], *, within: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(within)
        return True
    return False
