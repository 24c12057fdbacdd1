"""A whole instance as a process of its own, on a folder of its own: for the demo, the proofs and the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tollkeeper
from tollkeeper.core import clock
from tollkeeper.core.errors import Fault
from tollkeeper.server.account import Command, current_account, launch
from tollkeeper.server.environment import Instance, running_instance

DATA = "data"
LOG = "serve.log"
OPENS_WITHIN_SECONDS = 120.0
"""On a machine that does much else; on an idle one it takes five."""
STOPS_WITHIN_SECONDS = 30.0
SERVE = ("-m", "tollkeeper.cli.main", "serve", "--demo", "--no-past")
_LOOK_EVERY_SECONDS = 0.05
_SAID_CHARACTERS = 3000

Pause = Callable[[float], None]


class NeverOpened(Fault):
    """The instance did not open."""

    code = "never_opened"


def environment_for(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an instance on a folder: nothing of ours, and what it needs.

    No port is named: the instance takes the next free ones by itself, so that nobody can snatch one in between.

    Args:
        folder: every account must be able to enter it.
        settings: `TOLLKEEPER_…` without the prefix, in lower case.
    """
    ours = ("TOLLKEEPER_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SANDBOX_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    source = str(Path(tollkeeper.__file__).parents[1])
    own = {
        "TOLLKEEPER_DATA_DIR": str(folder / DATA),
        "TOLLKEEPER_EMAIL_URL": f"file:{folder / 'mail'}",
        "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH")))),
    }
    return inherited | own | {f"TOLLKEEPER_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def started(
    folder: Path, env: Mapping[str, str], *, pause: Pause = time.sleep, program: Sequence[str] = SERVE
) -> Iterator[tuple[subprocess.Popen[bytes], Instance]]:
    """`tollkeeper serve --demo` with empty books, from opening to orderly end. It dies with us, even by `kill -9`.

    Args:
        folder: what it prints is kept there in `serve.log`.
        env: as `environment_for` makes it.
        pause: how to wait.
        program: what our Python is given to run, if not `SERVE`.

    Raises:
        NeverOpened: with the last that it said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = Command([sys.executable, *program], current_account(), env, dies_with_us=signal.SIGTERM)
    with (folder / LOG).open("ab") as log:
        process = launch(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process, _opened(process, folder, pause)
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _opened(process: subprocess.Popen[bytes], folder: Path, pause: Pause) -> Instance:
    deadline = clock.monotonic() + OPENS_WITHIN_SECONDS
    while (found := running_instance(folder / DATA)) is None or found.pid != process.pid:
        ended = process.poll()
        if ended is not None or clock.monotonic() > deadline:
            happened = f"ended with exit code {ended}" if ended is not None else "took too long"
            said = (folder / LOG).read_text(errors="replace")[-_SAID_CHARACTERS:]
            raise NeverOpened(f"An instance for this on {folder} {happened}. It said:\n{said}")
        pause(_LOOK_EVERY_SECONDS)
    return found
