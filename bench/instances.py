"""Whole instances, as `tollkeeper serve` starts them: cold start, memory, and webhooks that ask the sandbox first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from bench.load import family
from tollkeeper.proofs.customer import Customer
from tollkeeper.proofs.instance import environment_for, started
from tollkeeper.server.environment import Instance

SETTLES_SECONDS = 5.0
"""Until the processes of a fresh start are at rest."""
FIRE = ((1, 40), (16, 80))
"""Callbacks at once, and how many in all."""


def cold_start(folder: Path) -> dict[str, object]:
    """Start an instance on an existing data folder, and weigh it.

    Returns:
        Seconds to the first page, and megabytes of all its processes (PSS).
    """
    folder.mkdir(mode=0o755)
    env = environment_for(folder)
    with started(folder, env):
        pass
    began = time.monotonic()
    with started(folder, env, pause=lambda _: time.sleep(0.01)) as (process, instance):
        _first_page(instance)
        spent = time.monotonic() - began
        time.sleep(SETTLES_SECONDS)
        for _ in range(5):
            httpx.get(instance.local_address, trust_env=False).raise_for_status()
        pids = family([process.pid])
        weight = {_called(pid): 0.0 for pid in pids}
        for pid in pids:
            weight[_called(pid)] += _pss_megabytes(pid)
    parts = {name: round(megabytes, 1) for name, megabytes in sorted(weight.items())}
    return {"cold_start_s": round(spent, 2), "pss_mb": round(sum(weight.values())), "parts_mb": parts}


def confirm_first(folder: Path) -> dict[str, object]:
    """Real orders, paid at the sandbox, whose callbacks the till confirms before it answers.

    Returns:
        For each number of callbacks at once, the sandbox's own figures.
    """
    folder.mkdir(mode=0o755)
    with started(folder, environment_for(folder)) as (_, instance):
        return {str(at_once): _fired(instance, at_once, count) for at_once, count in FIRE}


def _fired(instance: Instance, at_once: int, count: int) -> dict[str, object]:
    courses = _courses(instance.local_address)
    for number in range(count):
        with Customer(instance.local_address, f"bench-{at_once}-{number}@example.com") as customer:
            customer.order(courses[number % len(courses)])
    answer = httpx.post(
        f"{instance.sandbox_address}/control/fire",
        json={"count": count, "concurrency": at_once},
        timeout=60,
        trust_env=False,
    )
    answer.raise_for_status()
    said: dict[str, object] = answer.json()
    if said["statuses"] != {"200": count}:
        raise SystemExit(f"Confirmed callbacks were answered {said['statuses']}.")
    return {name: said[name] for name in ("callbacks", "per_second", "p50_ms", "p99_ms")}


def _courses(address: str) -> Sequence[str]:
    page = httpx.get(address, trust_env=False, follow_redirects=True).text
    found = sorted({part.split("/")[0] for part in page.split('href="/courses/')[1:]} - {""})
    if not found:
        raise SystemExit("The shop shows no courses.")
    return found


def _first_page(instance: Instance) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(instance.local_address, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise SystemExit("No page came within a minute.")


def _called(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "ended"
    module = next((word for word in words if word.startswith(b"tollkeeper.")), None)
    return (module or Path(words[0].decode().split(":")[0]).name.encode()).decode()


def _pss_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1024
