"""Payment links and where they are kept: in memory, with every change written through to one SQLite file."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

import msgspec

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 15

# Exclusive, so that two sandboxes never share a file; unsynchronised, because it has to outlive a killed process only.
PREPARATION = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = OFF",
    "CREATE TABLE IF NOT EXISTS link (number INTEGER PRIMARY KEY, paylink_id TEXT UNIQUE NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS dice (one INTEGER PRIMARY KEY CHECK (one = 1), seed INTEGER NOT NULL)",
)


class State(StrEnum):
    """What became of a link, in the words of the status call; any but PAID stays payable."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    PAID = "PAID"


class Link(msgspec.Struct, kw_only=True):
    """One payment link. Amounts in cents, instants in ISO 8601 UTC."""

    number: int
    paylink_id: str
    external_transaction_id: str
    amount_minor: int
    description: str
    mode: str
    callback_url: str
    success_url: str
    failure_url: str
    cancel_url: str
    created_at: str
    state: State = State.PENDING
    paid_at: str | None = None
    paid_by: str | None = None

    @property
    def created_on(self) -> date:
        """The UTC day the link was made."""
        return datetime.fromisoformat(self.created_at).date()


class StateFileUnusable(Exception):
    """The state file cannot be read or belongs to a running sandbox."""


def instant() -> str:
    """Return now, ISO 8601 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def paylink_id(seed: int, number: int) -> str:
    """Return the id of the n-th link of this seed: 15 lower-case letters and digits."""
    value = int.from_bytes(hashlib.sha256(f"paylink/{seed}/{number}".encode()).digest(), "big")
    return "".join(ALPHABET[value // 36**place % 36] for place in range(ID_LENGTH))


class Links:
    """All links of this sandbox, oldest first."""

    def __init__(self, path: Path | None, seed: int | None) -> None:
        """Args:
        path: the state file; None keeps everything in memory.
        seed: decides the ids to come; None carries on with the file's, or throws a new one for a new file.

        Raises:
            StateFileUnusable: not a state file, not writable, or in use.
        """
        self._file, loaded, kept = _open(path)
        self._by_id = {link.paylink_id: link for link in loaded}
        self._newest = {link.external_transaction_id: link for link in loaded}
        self._count = loaded[-1].number if loaded else 0
        known = kept if seed is None else seed
        # Not a fixed default: a new sandbox must not hand out ids that a shop has already seen.
        self.seed = secrets.randbelow(2**31) if known is None else known
        self._keep_seed()

    def _keep_seed(self) -> None:
        self._file.execute("INSERT OR REPLACE INTO dice (one, seed) VALUES (1, ?)", (self.seed,))

    def next_id(self) -> tuple[int, str]:
        """Return number and id of the next link."""
        self._count += 1
        return self._count, paylink_id(self.seed, self._count)

    def keep(self, link: Link) -> None:
        """Write a new or changed link through to the file."""
        self._by_id[link.paylink_id] = link
        newest = self._newest.get(link.external_transaction_id)
        if newest is None or newest.number <= link.number:
            self._newest[link.external_transaction_id] = link
        row = (link.number, link.paylink_id, msgspec.json.encode(link))
        self._file.execute("INSERT OR REPLACE INTO link (number, paylink_id, body) VALUES (?, ?, ?)", row)

    def get(self, paylink_id: str) -> Link | None:
        """Return the link with this id."""
        return self._by_id.get(paylink_id)

    def newest_for(self, external_transaction_id: str) -> Link | None:
        """Return the newest link made for the merchant's reference."""
        return self._newest.get(external_transaction_id)

    def between(self, first: date, last: date) -> list[Link]:
        """Return the links made from the first to the last UTC day, both included."""
        return [link for link in self._by_id.values() if first <= link.created_on <= last]

    def after(self, number: int, limit: int) -> list[Link]:
        """Return at most `limit` links with a higher number."""
        return list(islice((link for link in self._by_id.values() if link.number > number), limit))

    def payable(self) -> Iterator[Link]:
        """Yield the links that nobody has paid, oldest first."""
        return (link for link in self._by_id.values() if link.state is not State.PAID)

    def __len__(self) -> int:
        return len(self._by_id)

    def reset(self, seed: int) -> None:
        """Forget every link and begin anew with this seed."""
        self._file.execute("DELETE FROM link")
        self._by_id.clear()
        self._newest.clear()
        self._count = 0
        self.seed = seed
        self._keep_seed()

    def close(self) -> None:
        """Let go of the state file."""
        self._file.close()


def _open(path: Path | None) -> tuple[sqlite3.Connection, list[Link], int | None]:
    try:
        if path is not None:
            # The links hold callback addresses, which are capabilities: the file is for its owner alone.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        file = sqlite3.connect(path or ":memory:", timeout=0.5, isolation_level=None)
        for statement in PREPARATION:
            file.execute(statement)
        rows = file.execute("SELECT body FROM link ORDER BY number").fetchall()
        seed = file.execute("SELECT seed FROM dice").fetchone()
        return file, [msgspec.json.decode(row[0], type=Link) for row in rows], seed and seed[0]
    except (OSError, sqlite3.Error, ValueError) as error:
        raise StateFileUnusable(
            f"The state file {path} cannot be used ({error}). Stop the sandbox that holds it, or name another file."
        ) from error
