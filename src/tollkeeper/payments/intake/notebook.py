"""What intake notes beside the money: rejected webhooks, and when a payment passed each stage.

Bounded in memory and on disk, whoever sends whatever: per hour, reason and network the first hundred rejections are
kept, 8 KiB each, and no more than 2,000 in all per hour and process; networks beyond 1,000 per hour are counted as one.
Losing a note loses a figure, never money, so a flush that fails is dropped and counted.
"""

from __future__ import annotations

import base64
import ipaddress
import threading
from collections import Counter, deque
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from tollkeeper.core import clock
from tollkeeper.core.database import Connection, as_json, connect, plain_cursor, statements
from tollkeeper.core.ids import new_id
from tollkeeper.payments.gateways.contract import Reason

SQL = statements("tollkeeper.payments.ledger")
KEPT_PER_BUCKET = 100
KEPT_PER_HOUR = 2_000
NETWORKS_PER_HOUR = 1_000
KEPT_BYTES = 8 * 1024
STAGES_PER_FLUSH = 400
"""A hundred payments in each half second have a whole timeline; in a flood the rest have none, and cost nothing."""
FLUSH_SECONDS = 0.5

log = structlog.get_logger("security")


class Bucket(NamedTuple):
    """What rejections are counted by."""

    hour: datetime
    reason: Reason
    network: str


class Notebook:
    """Notes by any thread, written down twice a second by one of its own.

    Args:
        dsn: the database, as the serving role.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._guard = threading.Lock()
        self._counts: Counter[Bucket] = Counter()
        self._seen: Counter[Bucket] = Counter()
        self._kept_this_hour = 0
        self._rejections: list[dict[str, object]] = []
        self._stages: deque[tuple[UUID, str, datetime]] = deque()
        self._screens: dict[UUID, tuple[int, int]] = {}
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="intake notebook", daemon=True)

    def start(self) -> None:
        """Begin to write down."""
        self._thread.start()

    def stop(self) -> None:
        """Write down the rest and end."""
        self._stopping.set()
        self._thread.join()

    def rejected(self, reason: Reason, *, path: str, address: str, headers: dict[bytes, bytes], body: bytes) -> None:
        """Count a rejected webhook and keep it while there is room."""
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        with self._guard:
            bucket = self._bucket(hour, reason, network_of(address))
            self._counts[bucket] += 1
            self._seen[bucket] += 1
            if self._seen[bucket] > KEPT_PER_BUCKET or self._kept_this_hour >= KEPT_PER_HOUR:
                return
            self._kept_this_hour += 1
            self._rejections.append(_row(bucket, path, headers, body))

    def passed(self, payment_id: UUID, stage: str, at: datetime) -> None:
        """Note that a payment passed a stage, while there is room."""
        if len(self._stages) < STAGES_PER_FLUSH:
            self._stages.append((payment_id, stage, at))

    def screens(self, payment_id: UUID, *, told: int = 0, shown: int = 0) -> None:
        """Note how many browsers were told that a payment opened something, or showed it, while there is room."""
        with self._guard:
            if payment_id in self._screens or len(self._screens) < STAGES_PER_FLUSH:
                before = self._screens.get(payment_id, (0, 0))
                self._screens[payment_id] = (before[0] + told, before[1] + shown)

    def _bucket(self, hour: datetime, reason: Reason, network: str) -> Bucket:
        if self._seen and next(iter(self._seen)).hour != hour:
            self._seen.clear()
            self._kept_this_hour = 0
        bucket = Bucket(hour, reason, network)
        full = len(self._seen) >= NETWORKS_PER_HOUR and bucket not in self._seen
        return Bucket(hour, reason, "elsewhere") if full else bucket

    def _work(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self._flush()
        self._flush()
        if self._connection is not None:
            self._connection.close()

    def _flush(self) -> None:
        with self._guard:
            counts, self._counts = self._counts, Counter()
            rejections, self._rejections = self._rejections, []
            screens, self._screens = self._screens, {}
        stages = [self._stages.popleft() for _ in range(len(self._stages))]
        if not (counts or stages or screens):
            return
        try:
            self._write(counts, rejections, stages, screens)
        except Exception as error:  # noqa: BLE001  whatever it was, the next notes must still be written
            log.warning("intake.notes_lost", error=type(error).__name__, rejections=sum(counts.values()))
            self._connection = None

    def _write(
        self,
        counts: Counter[Bucket],
        rejections: list[dict[str, object]],
        stages: list[tuple[UUID, str, datetime]],
        screens: dict[UUID, tuple[int, int]],
    ) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, name="intake notes", autocommit=True)
        with self._connection.transaction(), plain_cursor(self._connection) as cursor:
            if counts:
                rows = [bucket._asdict() | {"count": count} for bucket, count in counts.items()]
                cursor.execute(SQL["count_rejections"], {"counts": as_json(rows)})
            if rejections:
                cursor.execute(SQL["insert_rejections"], {"rejections": as_json(rejections)})
            if stages:
                rows = [{"payment_id": payment_id, "stage": stage, "at": at} for payment_id, stage, at in stages]
                cursor.execute(SQL["insert_stages"], {"stages": as_json(rows)})
            if screens:
                rows = [{"payment_id": key, "told": told, "shown": shown} for key, (told, shown) in screens.items()]
                cursor.execute(SQL["count_screens"], {"screens": as_json(rows)})


def network_of(address: str) -> str:
    """The /24 or /48 that an address belongs to: enough to see a flood's source, too little to follow a person."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


def _row(bucket: Bucket, path: str, headers: dict[bytes, bytes], body: bytes) -> dict[str, object]:
    room = KEPT_BYTES - len(body[:KEPT_BYTES])
    kept: dict[str, str] = {}
    for name, value in headers.items():
        room -= len(name) + len(value)
        if room < 0:
            break
        if name not in {b"cookie", b"authorization"}:
            kept[name.decode("latin-1").replace("\0", "")] = value.decode("latin-1").replace("\0", "")
    return {
        "id": new_id(),
        "hour": bucket.hour,
        "reason": bucket.reason,
        "network": bucket.network,
        "path": path[:500].replace("\0", ""),
        "headers": kept,
        "body": base64.b64encode(body[:KEPT_BYTES]).decode(),
    }
