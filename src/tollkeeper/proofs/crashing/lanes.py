"""Lanes of kills: one for each process, and one for PostgreSQL. They run side by side, so that misfortunes meet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import msgspec
import psycopg

from tollkeeper.core import clock
from tollkeeper.core.database import connect
from tollkeeper.proofs.crashing.launch import DONE
from tollkeeper.proofs.crashing.points import ANY_MOMENT, BACKEND, POSTGRES, Kill
from tollkeeper.proofs.crashing.processes import children, is_running, kill, kill_postgres, postmaster

REACH_SECONDS = 12.0
"""How long a point may take to be reached before the next is tried."""
BACK_SECONDS = 60.0
"""How long a killed process may take to come back by itself."""
TRIES = 3
BETWEEN, BETWEEN_SECONDS = 4, 4.0
"""So many callbacks are acknowledged between two kills of a lane, if that takes no longer (seconds)."""
_LOOK_SECONDS = 0.02
_CALM_SECONDS = 1.5
"""At most so long after everything is up, a random kill comes."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the kills happen.

    Args:
        orders: the folder through which processes are told where to die.
        supervisor: whose children they are.
        shop: the address that a web process answers at.
        dsn: the database, as the serving role.
        stop: set when the proof is over early.
        acknowledged: how many callbacks have been, so far.
    """

    orders: Path
    supervisor: int
    shop: str
    dsn: str
    stop: threading.Event
    acknowledged: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A kill that was asked for: whether it happened, and how long until the victim was back (seconds)."""

    kill: Kill
    reached: bool
    back_seconds: float = 0.0
    came_back: bool = True


class Lane(threading.Thread):
    """Kills one after the other, each when its victim is up again.

    Args:
        scene: see there.
        role: whose lane it is: a process of ours, or `postgres`.
        kills: what to do, in order.
        hits: is given what came of each.
    """

    def __init__(self, scene: Scene, role: str, kills: Sequence[Kill], hits: list[Hit]) -> None:
        super().__init__(name=f"{role} kills", daemon=True)
        self._scene = scene
        self._role = role
        self._kills = list(kills)
        self._hits = hits

    def run(self) -> None:
        """Do the kills; what was not reached is tried again at the end."""
        tried = [(one, 1) for one in self._kills]
        while tried and not self._scene.stop.is_set():
            one, turn = tried.pop(0)
            hit = self._do(one)
            if not hit.reached and turn < TRIES:
                tried.append((replace(one, hit=1), turn + 1))
                continue
            self._hits.append(hit)
            if not hit.came_back:
                return

    def _do(self, one: Kill) -> Hit:
        if not self._wait(self._all_up, BACK_SECONDS):
            return Hit(one, reached=False, came_back=False)
        known = self._scene.acknowledged()
        self._wait(lambda: self._scene.acknowledged() >= known + BETWEEN, BETWEEN_SECONDS)
        before = self._pid(one.victim)
        reached = self._at_random(one) if one.point == ANY_MOMENT else self._at_point(one)
        if not reached:
            return Hit(one, reached=False)
        began = clock.monotonic()
        back = self._wait(lambda: self._is_back(one.victim, before), BACK_SECONDS)
        seconds = clock.monotonic() - began
        return Hit(one, reached=True, back_seconds=seconds, came_back=back or self._scene.stop.is_set())

    def _at_point(self, one: Kill) -> bool:
        order = self._scene.orders / f"{one.process}.order"
        partial = order.with_suffix(".partial")
        done_before = self._done(one)
        partial.write_bytes(msgspec.json.encode(one))
        partial.replace(order)
        reached = self._wait(lambda: self._done(one) > done_before, REACH_SECONDS)
        if not reached:
            order.unlink(missing_ok=True)
        return reached

    def _done(self, one: Kill) -> int:
        path = self._scene.orders / DONE
        lines = path.read_bytes().splitlines() if path.exists() else []
        return sum(1 for line in lines if msgspec.json.decode(line, type=Kill) == one)

    def _at_random(self, one: Kill) -> bool:
        time.sleep(one.dice * _CALM_SECONDS)
        if one.victim == POSTGRES:
            return kill_postgres(self._scene.supervisor)
        if one.victim == BACKEND:
            server = postmaster(self._scene.supervisor)
            backends = children(server) if server else []
            return bool(backends) and kill(backends[int(one.dice * len(backends))])
        pid = self._pid(one.victim)
        return pid is not None and is_running(pid) and kill(pid)

    def _pid(self, role: str) -> int | None:
        if role in (POSTGRES, BACKEND):
            return postmaster(self._scene.supervisor)
        try:
            return int((self._scene.orders / f"{role}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _is_back(self, victim: str, before: int | None) -> bool:
        pid = self._pid(victim)
        if pid is None or not is_running(pid):
            return False
        if victim == BACKEND:
            return self._database_answers()
        if pid == before:
            return False
        return self._up(victim)

    def _all_up(self) -> bool:
        return self._up(self._role) and self._database_answers()

    def _up(self, role: str) -> bool:
        if role == POSTGRES:
            return self._database_answers()
        pid = self._pid(role)
        if pid is None or not is_running(pid):
            return False
        return role != "web" or self._web_answers()

    def _web_answers(self) -> bool:
        try:
            return httpx.get(f"{self._scene.shop}/livez", timeout=2.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _database_answers(self) -> bool:
        try:
            connect(self._scene.dsn, name="proof", autocommit=True).close()
        except psycopg.OperationalError:
            return False
        return True

    def _wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline = clock.monotonic() + seconds
        while not condition():
            if clock.monotonic() > deadline or self._scene.stop.is_set():
                return False
            time.sleep(_LOOK_SECONDS)
        return True
