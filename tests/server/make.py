"""Stand-ins and small tools for the tests of the server room."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tollkeeper.core.settings import Settings

SOURCE = Path(__file__).resolve().parents[2] / "src"
DEBIAN = Path("/usr/lib/postgresql/15/bin")

HOLD_A_DATABASE = """
import sys, signal
from pathlib import Path
from tollkeeper.server.postgres import Embedded
with Embedded(Path(sys.argv[1])) as database:
    print(database.pid, flush=True)
    signal.pause()
"""

INSTANCE = """
import os, sys
from functools import partial
from pathlib import Path
from tollkeeper.core.settings import Settings
from tollkeeper.server.children import Child
from tollkeeper.server.listening import answers
from tollkeeper.server.supervisor import run

WEB = '''
import http.server, socket, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"open")
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("", 0), Page, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
'''
TALK = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"
CRASH = '''
import os
with open(os.environ["TOLLKEEPER_DATA_DIR"] + "/crashes", "a") as file:
    file.write("x")
raise SystemExit(3)
'''
STUBBORN = '''
import signal
signal.signal(15, lambda *_: print("no", flush=True))
print("deaf", flush=True)
while True:
    signal.pause()
'''
NOSY = '''
import os, signal
print(os.environ.get("TOLLKEEPER_OWNER_DATABASE_URL"), os.getsid(0) == os.getpid(), flush=True)
signal.pause()
'''

def children(ready):
    env, fd = ready.environment, ready.shop_fd
    found = [
        Child("web", [sys.executable, "-c", WEB, str(fd)], env, fds=(fd,), stage=0,
              ready=partial(answers, ready.local_address)),
        Child("worker", [sys.executable, "-c", TALK], env),
    ]
    if "crash" in sys.argv:
        found.append(Child("crash", [sys.executable, "-c", CRASH], env))
    if "stubborn" in sys.argv:
        found.append(Child("stubborn", [sys.executable, "-c", STUBBORN], env))
    if "nosy" in sys.argv:
        found.append(Child("nosy", [sys.executable, "-c", NOSY], env))
    return found

def prepare(ready):
    if "fail" in sys.argv:
        ready.step("migrate", "-c", "raise SystemExit(7)")
    ready.step("migrate", "-c", "import os; print('owner' in os.environ['TOLLKEEPER_OWNER_DATABASE_URL'])")

say = partial(print, flush=True)
raise SystemExit(run(Settings(), sandbox=False, announce=say, prepare=prepare, children=children,
                     opened=lambda ready: say("OPEN", ready.address)))
"""


def until(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Wait until the condition is true and return what it was."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def settings_of(**values: Any) -> Settings:
    """Settings of an instance that is not this process's."""
    return Settings(**values)


def gone(pid: int) -> bool:
    """Whether the process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def ask(dsn: str, query: str) -> Any:
    """Run one statement; the first column of its first row, if it has any."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(query)  # type: ignore[call-overload]
        return cursor.fetchone()[0] if cursor.description else None


class Talking:
    """A process of ours whose lines can be waited for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._rest = ""

    def hear(self, word: str, *, after: str | None = None, seconds: float = 20.0) -> str:
        """The first line that holds the word, said already or still to come; after another line, if one is given."""
        deadline = time.monotonic() + seconds
        while not (found := [line for line in self._since(after) if word in line]):
            assert self._read(deadline), f"never said {word!r}: " + "\n".join(self.lines)
        return found[0]

    def end(self) -> int:
        """Wait for its end; the exit code."""
        deadline = time.monotonic() + 20
        while self._read(deadline):
            pass
        return self.process.wait(5)

    def _since(self, line: str | None) -> list[str]:
        return self.lines if line is None else self.lines[self.lines.index(line) + 1 :]

    def _read(self, deadline: float) -> bool:
        """Read what comes next; false at the end of its output, or of our patience."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(self.process.stdout.fileno(), 65536).decode() if ready else ""
        *lines, self._rest = (self._rest + chunk).split("\n")
        self.lines += [line.rstrip() for line in lines]
        return bool(chunk)


@contextmanager
def talking(script: str, *arguments: str, **settings: str) -> Iterator[Talking]:
    """Run a script of ours in a Python of its own; it is killed at the end at the latest."""
    # The tests' own database must not be taken for one that an operator configured.
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    paths = os.pathsep.join(filter(None, (str(SOURCE), os.environ.get("PYTHONPATH"))))
    env = inherited | {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"} | settings
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    with process:
        try:
            yield Talking(process)
        finally:
            process.kill()
