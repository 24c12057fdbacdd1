"""The crash proof: real processes, `kill -9` of each at every named point and at random, while customers pay.

Afterwards the books are read: nothing acknowledged is lost, nothing is granted twice or unpaid, the journal is whole
and each consumer's effect is there exactly once (DESIGN 7). It runs on an instance and in a folder of its own.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from tollkeeper.core import clock
from tollkeeper.core.database import connect
from tollkeeper.proofs.crashing.books import lost, lost_mails
from tollkeeper.proofs.crashing.customers import Crowd, Ledger, World
from tollkeeper.proofs.crashing.lanes import BACK_SECONDS, Hit, Lane, Scene
from tollkeeper.proofs.crashing.points import ANY_MOMENT, POINTS, POSTGRES, PROCESSES, VICTIMS, Kill, Point, plan
from tollkeeper.proofs.customer import Failed
from tollkeeper.proofs.instance import LOG, environment_for, started
from tollkeeper.server.environment import Instance

REST_SECONDS = 90.0
"""How long everything may take to come to rest after the last kill: leases end, letters leave, cursors catch up."""
_LOOK_SECONDS = 3.0
_TELL_EVERY = 10
_LIES_AFTER = 0.6
"""Part of the kills after which liars come: a lie that is caught makes the shop strict for good."""
_ALL_AT_ONCE_FROM = 20
"""A run of so many kills also ends everything at once, and starts again on what is left."""

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What happened at a point.

    Args:
        point: its name, or `any moment`.
        kills: victim → how often it was killed there.
        slowest_seconds: until the victim was back.
        outcome: `held`, `not reached` or `did not come back`.
    """

    point: str
    kills: Mapping[str, int]
    slowest_seconds: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a crash proof ended.

    Args:
        passed: whether every promise held and everything came back.
        seed: repeats the plan of kills, and what the customers do.
        kills: how many were done.
        seconds: how long it took.
        customers, paid, acknowledged: people who ordered, who paid, and callbacks that were answered 200.
        matrix: what was killed where.
        lost: every broken promise, in words.
        folder: where data, logs and mails were kept; None when all went well.
    """

    passed: bool
    seed: int
    kills: int
    seconds: float
    customers: int
    paid: int
    acknowledged: int
    matrix: tuple[Row, ...]
    lost: tuple[str, ...]
    folder: str | None

    def lines(self) -> list[str]:
        """The report as a person reads it: the matrix, then the verdict."""
        width = max(len(row.point) for row in self.matrix)
        lines = [f"{'point':<{width}}  " + "".join(f"{victim:>9}" for victim in VICTIMS) + "  slowest  outcome"]
        for row in self.matrix:
            counts = "".join(f"{row.kills.get(victim) or '·':>9}" for victim in VICTIMS)
            lines.append(f"{row.point:<{width}}  {counts}  {row.slowest_seconds:5.1f} s  {row.outcome}")
        lines.append(
            f"Seed {self.seed}: {self.kills} kills in {self.seconds:.0f} s; {self.customers} customers, "
            f"{self.paid} paid, {self.acknowledged} callbacks acknowledged."
        )
        if self.passed:
            return [*lines, "Nothing was lost, nothing was granted twice, nothing was opened unpaid."]
        return [*lines, *(f"LOST: {sentence}" for sentence in self.lost), f"Everything is kept in {self.folder}."]


@dataclass
class _Run:
    """A proof on its way."""

    kills: Sequence[Kill]
    seed: int
    folder: Path
    announce: Announce
    broken: str
    ledger: Ledger = field(default_factory=Ledger)
    hits: list[Hit] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def orders(self) -> Path:
        return self.folder / "orders"

    @property
    def program(self) -> tuple[str, ...]:
        return ("-m", "tollkeeper.proofs.crashing.shop", str(self.orders), "--broken", self.broken)

    @property
    def ends_all_at_once(self) -> bool:
        return len(self.kills) >= _ALL_AT_ONCE_FROM and not self.found


def run(
    *,
    kills: int,
    seed: int | None = None,
    announce: Announce = print,
    folder: Path | None = None,
    points: Sequence[Point] = POINTS,
    broken: str = "",
) -> Report:
    """Prove that no crash loses what was acknowledged. Call it from the main thread.

    Args:
        kills: how many; 150 reach every named point.
        seed: repeats the plan of an earlier run; a fresh one when left out.
        announce: is told, in sentences, how far it is.
        folder: where to work, and then it stays; a temporary one when left out, which stays only after a failure.
        points: which named points; all when left out.
        broken: a deliberate fault of `launch.BROKEN`, for the control test.

    Raises:
        TooFewKills: fewer than one.
        NeverOpened: the instance did not start.
    """
    seed = secrets.randbits(31) if seed is None else seed
    work = folder or Path(tempfile.mkdtemp(prefix="tollkeeper-crash-"))
    work.chmod(0o755)
    going = _Run(plan(kills, seed, points), seed, work, announce, broken)
    going.orders.mkdir(exist_ok=True)
    secret, app_id = secrets.token_urlsafe(24), f"CRASH{secrets.token_hex(8).upper()}"
    going.env = environment_for(work, ikhokha_app_id=app_id, ikhokha_app_secret=secret)
    announce(f"Crash proof: {kills} kills with seed {seed}, in {work}.")
    began = clock.monotonic()
    _kill_while_they_pay(going)
    if going.ends_all_at_once:
        _open_again(going)
    report = _report(going, clock.monotonic() - began)
    if report.passed and folder is None:
        shutil.rmtree(work, ignore_errors=True)
    return report


def _kill_while_they_pay(going: _Run) -> None:
    with started(going.folder, going.env, program=going.program) as (process, instance):
        crowd = _crowd(going, instance)
        going.ledger = crowd.ledger
        crowd.start()
        known = partial(len, going.ledger.acks)
        scene = Scene(going.orders, process.pid, instance.local_address, _dsn(instance), going.stop, known)
        lanes = [
            Lane(scene, role, [one for one in going.kills if one.process == role], going.hits)
            for role in (*PROCESSES, POSTGRES)
        ]
        for lane in lanes:
            lane.start()
        _watch(going, crowd, lanes, process, _dsn(instance))
        _come_to_rest(going, crowd, _dsn(instance))
        if going.ends_all_at_once:
            process.kill()


def _crowd(going: _Run, instance: Instance) -> Crowd:
    return Crowd(
        World(
            shop=instance.local_address,
            sandbox=instance.sandbox_address or "",
            app_id=going.env["TOLLKEEPER_IKHOKHA_APP_ID"],
            secret=going.env["TOLLKEEPER_IKHOKHA_APP_SECRET"],
            slugs=_slugs(_dsn(instance)),
            seed=going.seed,
        )
    )


def _dsn(instance: Instance) -> str:
    return instance.environment["TOLLKEEPER_DATABASE_URL"]


def _slugs(dsn: str) -> tuple[str, ...]:
    with connect(dsn, name="proof", autocommit=True) as connection:
        rows = connection.execute("SELECT slug FROM catalog_course WHERE active ORDER BY position").fetchall()
    return tuple(row[0] for row in rows)


def _watch(going: _Run, crowd: Crowd, lanes: Sequence[Lane], supervisor: subprocess.Popen[bytes], dsn: str) -> None:
    """Look into the books while it happens; the first broken promise ends it, and so does a supervisor that ends."""
    told = 0
    while any(lane.is_alive() for lane in lanes):
        time.sleep(_LOOK_SECONDS)
        done = sum(hit.reached for hit in going.hits)
        if done >= _LIES_AFTER * len(going.kills):
            crowd.liars_allowed.set()
        if done // _TELL_EVERY > told // _TELL_EVERY:
            told = done
            going.announce(f"{done} of {len(going.kills)} kills; {len(going.ledger.acks)} callbacks acknowledged.")
        going.found += _look(going, dsn, at_rest=False)
        if supervisor.poll() is not None:
            going.found.append(f"The supervisor ended by itself with exit code {supervisor.returncode}; read {LOG}.")
        if going.found:
            going.stop.set()


def _come_to_rest(going: _Run, crowd: Crowd, dsn: str) -> None:
    """Let everybody finish, and wait until every promise holds, or the time is over."""
    try:
        crowd.stop(seconds=REST_SECONDS, at_once=bool(going.found))
    except Failed as error:
        going.found.append(str(error))
    if going.found:
        return
    deadline = clock.monotonic() + REST_SECONDS
    while (broken := _look(going, dsn, at_rest=True)) and clock.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS / 6)
    going.found += broken
    going.found += [f"a customer gave up: {sentence}" for sentence in going.ledger.gave_up]
    going.found += [f"a page that nobody may see: {page}" for page in going.ledger.bad_pages]


def _open_again(going: _Run) -> None:
    """The supervisor was killed, and everything with it: what is left must start, and hold."""
    going.announce("Everything was killed at once; starting again on what is left.")
    with started(going.folder, going.env, program=going.program) as (_, instance):
        going.found += [f"after everything was killed: {one}" for one in _look(going, _dsn(instance), at_rest=True)]


def _look(going: _Run, dsn: str, *, at_rest: bool) -> list[str]:
    try:
        with connect(dsn, name="proof", autocommit=True) as connection:
            found = lost(connection, going.ledger, at_rest=at_rest)
            return found + lost_mails(connection, going.folder / "mail") if at_rest else found
    except psycopg.OperationalError:
        return ["the database does not answer"] if at_rest else []


def _report(going: _Run, seconds: float) -> Report:
    matrix = tuple(_rows(going.hits))
    away = [
        f"{hit.kill.victim} did not come back within {BACK_SECONDS:.0f} s" for hit in going.hits if not hit.came_back
    ]
    unreached = [] if going.found else [f"never reached: {row.point}" for row in matrix if row.outcome == "not reached"]
    broken = tuple(going.found + away + unreached)
    return Report(
        passed=not broken,
        seed=going.seed,
        kills=sum(hit.reached for hit in going.hits),
        seconds=round(seconds, 1),
        customers=len(going.ledger.emails),
        paid=len(going.ledger.paid),
        acknowledged=len(going.ledger.acks),
        matrix=matrix,
        lost=broken,
        folder=str(going.folder) if broken else None,
    )


def _rows(hits: Sequence[Hit]) -> list[Row]:
    order = [*(point.name for point in POINTS), ANY_MOMENT]
    asked = {hit.kill.point for hit in hits}
    return [_row(name, [hit for hit in hits if hit.kill.point == name]) for name in order if name in asked]


def _row(name: str, hits: Sequence[Hit]) -> Row:
    reached = [hit for hit in hits if hit.reached]
    outcome = "held" if reached else "not reached"
    if not all(hit.came_back for hit in hits):
        outcome = "did not come back"
    slowest = max((hit.back_seconds for hit in reached), default=0.0)
    return Row(name, Counter(hit.kill.victim for hit in reached), round(slowest, 2), outcome)
