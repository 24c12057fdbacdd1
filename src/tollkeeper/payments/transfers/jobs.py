"""What the worker does by the clock: files that belong to nothing go, and proofs whose time is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from tollkeeper.core import audit, clock
from tollkeeper.core.database import Cursor, statements
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.payments.transfers import storage
from tollkeeper.payments.transfers.models import Proof

SQL = statements("tollkeeper.payments.transfers")
log = structlog.get_logger("application")

STRAY_SECONDS = 24 * 60 * 60.0
"""A file without a row may belong to a commit whose answer was lost; after a day it belongs to nothing."""
AT_ONCE = 200
"""Proofs looked at in one question."""
_FIRST = UUID(int=0)
TOLD = 50
"""Names in the audit line of a sweep; one that removes more says how many."""


def remove_strays() -> int:
    """Remove files that a crash left without a row.

    Returns:
        How many were removed.
    """
    lying = list(storage.strays(older_than_seconds=STRAY_SECONDS))
    kept: set[UUID] = set()
    ids = [proof_id for proof_id, _path in lying if proof_id is not None]
    for start in range(0, len(ids), 1000):
        kept.update(Proof.objects.filter(id__in=ids[start : start + 1000]).values_list("id", flat=True))
    gone = [path for proof_id, path in lying if proof_id not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        with raw_cursor() as cursor:
            told = {"removed": len(gone), "names": [path.name for path in gone[:TOLD]]}
            audit.record(cursor, act="proof.sweep", thing="proofs", by="worker", data=told)
    return len(gone)


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    payment_id: UUID
    digest: str


def remove_old_proofs() -> int:
    """Remove the files of proofs that were decided `proof_keep_days` ago, and what their senders called them.

    What the file was (its SHA-256, size and kind) and the decision stay. A payment that waits for another look keeps
    everything, also the proofs that were refused before.

    Returns:
        How many proofs lost their file.
    """
    before = clock.now() - timedelta(days=settings().proof_keep_days)
    return sum(_removed(due, before) for due in _due(before))


def _due(before: datetime) -> Iterator[_Due]:
    after = _FIRST
    while True:
        with raw_cursor() as cursor:
            found = _read_due(cursor, before, after=after)
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].id


def _read_due(cursor: Cursor, before: datetime, *, after: UUID = _FIRST, only: UUID | None = None) -> list[_Due]:
    cursor.execute(SQL["old_proofs"], {"before": before, "after": after, "only": only, "limit": AT_ONCE})
    return [_Due(*row) for row in cursor.fetchall()]


def _removed(due: _Due, before: datetime) -> bool:
    """Remove one, if it is still due once nothing can be handed in or decided.

    The file goes before the row says so: a crash in between is mended by the next run, and no row says that a file is
    gone which is not.
    """
    with raw_cursor() as cursor:
        cursor.execute(SQL["lock_proofs"], {"payment_id": due.payment_id})
        if not _read_due(cursor, before, only=due.id):
            return False
        try:
            storage.remove(due.id)
        except OSError as error:
            log.exception("proof.not_removed", proof=str(due.id), error=str(error))
            return False
        cursor.execute(SQL["proof_removed"], {"id": due.id})
        told = {"payment_id": str(due.payment_id), "digest": due.digest, "days": settings().proof_keep_days}
        audit.record(cursor, act="proof.remove", thing=str(due.id), by="worker", data=told)
    return True
