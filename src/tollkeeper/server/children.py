"""One child process of the supervisor: what to start, and what becomes of it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tollkeeper.core import clock
from tollkeeper.server.account import Account, Command, launch

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0
STEADY_SECONDS = 10.0
"""A child that ran this long before it ended has earned a quick restart."""
TELL_EVERY_SECONDS = 60.0
"""A child that keeps ending is told of this often."""

_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Child:
    """What to start. Children of a lower `stage` are stopped earlier; `ready` is asked until it says yes."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    fds: tuple[int, ...] = ()
    stage: int = 1
    restart: bool = True
    ready: Callable[[], bool] = lambda: True


class Running:
    """A child's process, its successors, and their output."""

    def __init__(self, child: Child, account: Account, say: Callable[[str], None]) -> None:
        """Args:
        account: who runs it.
        say: is given each line that the child prints, and our own about it.
        """
        self.child = child
        self.due: float | None = None
        """When it will be started (clock.monotonic), while it does not run and shall."""
        self._account = account
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = child.restart
        self._rest = b""
        self._began = 0.0
        self._delay = FIRST_DELAY_SECONDS
        self._told = -TELL_EVERY_SECONDS
        self._untold = 0

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self.alive else None

    @property
    def code(self) -> int | None:
        """The exit code of the process that ran last."""
        return self._process.returncode if self._process else None

    @property
    def output(self) -> int | None:
        """The descriptor on which its output arrives."""
        pipe = self._process.stdout if self._process else None
        return pipe.fileno() if pipe and not pipe.closed else None

    def start(self) -> None:
        """Start a process. One that cannot be started counts as one that ended at once."""
        self.due = None
        self._began = clock.monotonic()
        # The folder that we were started in may be closed to the account.
        cwd = Path("/") if self._account.needs_drop else None
        command = Command(self.child.argv, self._account, self.child.env, cwd=cwd, fds=self.child.fds)
        try:
            self._process = launch(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            self._process = None
            self._put_off(f"could not be started ({error})")
            return
        if self.output is not None:
            os.set_blocking(self.output, False)

    def ended(self) -> None:
        """Note that its process is gone: pass on its last words and plan the next start."""
        process = self._process
        if process is None or process.returncode is None:
            return
        self.read()
        if self._rest:
            self._print(self._rest)
            self._rest = b""
        if process.stdout:
            process.stdout.close()
        # What it started itself shares its session, and must not outlive it holding the port.
        _signal_group(process.pid, signal.SIGKILL)
        if self._wanted:
            self._put_off(f"ended ({_how(process.returncode)})")

    def read(self) -> bool:
        """Pass on what it has printed so far; false when its output is closed."""
        descriptor = self.output
        if descriptor is None:
            return False
        with suppress(BlockingIOError):
            while chunk := os.read(descriptor, _LONGEST_LINE):
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                for line in lines:
                    self._print(line)
                if len(self._rest) >= _LONGEST_LINE:
                    self._print(self._rest)
                    self._rest = b""
            return False
        return True

    def terminate(self) -> None:
        """Ask it to finish what it does and end; do not start it again."""
        self.due, self._wanted = None, False
        if self._process and self.alive:
            self._process.terminate()

    def kill(self) -> None:
        """End it now, with everything that it started."""
        self.due, self._wanted = None, False
        if self._process and self.alive:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _put_off(self, what: str) -> None:
        now = clock.monotonic()
        if now - self._began >= STEADY_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        self.due = now + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY_SECONDS)
        self._untold += 1
        if now - self._told >= TELL_EVERY_SECONDS:
            times = f", {self._untold} times since last told" if self._untold > 1 else ""
            self._say(f"{self.child.name} {what}{times}; starting it again.")
            self._told, self._untold = now, 0

    def _print(self, line: bytes) -> None:
        self._say(f"{self.child.name} | {line.decode(errors='replace').rstrip()}")


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
