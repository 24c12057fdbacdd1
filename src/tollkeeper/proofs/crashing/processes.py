"""Finds an instance's processes, and ends them the hard way."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

POSTMASTER = "postgres"


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    return [other for other in _running() if _stat(other)[1] == pid]


def postmaster(supervisor: int) -> int | None:
    """The PostgreSQL server that a supervisor runs."""
    return next((pid for pid in children(supervisor) if _stat(pid)[0] == POSTMASTER), None)


def is_running(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return bool(_stat(pid)[0])


def kill(pid: int) -> bool:
    """`kill -9`; whether there was anything to kill."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_postgres(supervisor: int) -> bool:
    """End a supervisor's PostgreSQL, the server before its children, so that it has no time to mind their end."""
    server = postmaster(supervisor)
    if server is None:
        return False
    family = children(server)
    found = kill(server)
    for pid in family:
        with suppress(PermissionError):
            kill(pid)
    return found


def _running() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _stat(pid: int) -> tuple[str, int]:
    """The name and the parent of a process (proc(5)); an empty name for one that is gone."""
    try:
        head, _, tail = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    state, parent, *_ = tail.split()
    return ("", 0) if state == "Z" else (head.partition("(")[2], int(parent))
