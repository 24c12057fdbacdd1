"""Drives wrk, and reads what each process cost meanwhile."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bench.webhooks import Requests

LUA = Path(__file__).with_name("requests.lua")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Level:
    """What one number of connections gave. Times in milliseconds; cores as a fraction of one core.

    `stranger_cores` is what processes outside this measurement took: above 0.1 the figure is disturbed.
    """

    connections: int
    answered: int
    seconds: float
    refused: int
    p50: float
    p90: float
    p99: float
    settled: int = 0
    cores: dict[str, float] = field(default_factory=dict)
    stranger_cores: float = 0.0

    @property
    def rate(self) -> float:
        """Answered with 2xx, per second."""
        return (self.answered - self.refused) / self.seconds


class Meter:
    """Processor time of groups of processes over a stretch.

    Args:
        groups: name → process ids; the children of each are counted too.
    """

    def __init__(self, groups: dict[str, Sequence[int]]) -> None:
        self._groups = groups

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._before = self._read()
        self._busy = _busy()
        return self

    def __exit__(self, *error: object) -> None:
        seconds = time.monotonic() - self._began
        after = self._read()
        self.cores = {name: (after[name] - self._before[name]) / seconds for name in after}
        self.machine = (_busy() - self._busy) / seconds

    def _read(self) -> dict[str, float]:
        return {name: sum(_seconds(pid) for pid in family(pids)) for name, pids in self._groups.items()}


def family(pids: Sequence[int]) -> list[int]:
    """These processes and all that descend from them."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def drive(requests: Requests, first: int, *, port: int, connections: int, seconds: int) -> tuple[Level, float]:
    """Send requests from the first on, as fast as they are answered.

    Returns:
        The level, and the cores that wrk itself took.
    """
    before = os.times()
    began = time.monotonic()
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s", "-s", str(LUA)]
    argv += [f"http://127.0.0.1:{port}/", "--", str(requests.path), str(requests.size), str(first)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return _parsed(said, connections), spent / (time.monotonic() - began)


def _parsed(said: str, connections: int) -> Level:
    total = re.search(r"(\d+) requests in ([\d.]+)(m?s)", said)
    if total is None:
        raise SystemExit(f"wrk said something else:\n{said}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = re.search(r"Socket errors: (.*)", said)
    if errors:
        raise SystemExit(f"wrk had errors: {errors[1]}.")
    quantile = {q: _milliseconds(v) for q, v in re.findall(r"^\s+(50|90|99)%\s+(\S+)", said, re.MULTILINE)}
    seconds = float(total[2]) / (1000 if total[3] == "ms" else 1)
    not_2xx = int(refused[1]) if refused else 0
    return Level(connections, int(total[1]), seconds, not_2xx, quantile["50"], quantile["90"], quantile["99"])


def _milliseconds(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    if found is None:
        raise SystemExit(f"wrk gave a time of {text!r}.")
    number, unit = found.groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _seconds(pid: int) -> float:
    """What a process took, and those of its children that have ended; the living count for themselves."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def _busy() -> float:
    """Seconds that the machine's cores were busy since it started; steal counts, since somebody had them."""
    numbers = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _wait, irq, softirq, steal = numbers[:8]
    return (user + nice + system + irq + softirq + steal) / _TICKS
