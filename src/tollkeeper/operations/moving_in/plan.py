"""All rows of an import, on disk, with what shall become of each. Memory holds a batch; the file is gone at the end."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from tollkeeper.operations.moving_in.rows import Person, Profile, Row, Understood

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE line (
    n INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT, place TEXT NOT NULL, line INTEGER NOT NULL,
    also TEXT, digest TEXT, data TEXT, standing TEXT, pair TEXT,
    outcome TEXT, reason TEXT NOT NULL DEFAULT '', mend TEXT NOT NULL DEFAULT '', thing TEXT, todo INTEGER
);
CREATE UNIQUE INDEX line_key ON line (kind, key);
CREATE INDEX line_also ON line (kind, also);
CREATE INDEX line_pair ON line (pair, kind);
CREATE INDEX line_todo ON line (kind, n) WHERE todo = 1;
CREATE VIEW here AS SELECT * FROM line WHERE outcome IN ('new', 'same', 'changed', 'left');
CREATE VIEW paid AS
SELECT *, substr(pair, 1, instr(pair, char(10)) - 1) AS person, substr(pair, instr(pair, char(10)) + 1) AS course
FROM here WHERE kind = 'payments' AND standing = 'paid';
CREATE VIEW problem AS
SELECT * FROM line WHERE outcome IN ('refused', 'left') OR mend <> '' OR outcome = 'merged' AND key IS NULL;
CREATE TABLE note (kind TEXT, place TEXT, line INTEGER, text TEXT);
CREATE TABLE alias (key TEXT PRIMARY KEY, kept TEXT NOT NULL);
"""


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    SAME = "same"
    """Brought before, and unchanged there."""
    CHANGED = "changed"
    """Brought before, and changed there since; so is it here."""
    LEFT = "left"
    """Brought before, and changed there since; what is here stays."""
    MERGED = "merged"
    """It is here already, or another row says it."""
    PASSED = "passed"
    """Nothing follows from it."""
    REFUSED = "refused"
    """It cannot be brought; the reason and the mend are told."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that was understood.

    Args:
        n: its number in the plan.
        kind, key, place, line, digest: where it stands, and what of.
        row: what it says.
        also: its other name.
        outcome: None until it was checked.
        thing: the id of what it is here, once known.
    """

    n: int
    kind: str
    key: str
    place: str
    line: int
    digest: str
    row: Any
    also: str
    outcome: Outcome | None
    thing: UUID | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What shall become of a row.

    Args:
        n: its number.
        outcome: what.
        reason, mend: sentences for the report.
        thing: what it is here, where that is known.
        todo: whether something must be written for it.
    """

    n: int
    outcome: Outcome
    reason: str = ""
    mend: str = ""
    thing: UUID | None = None
    todo: bool = False


class Plan:
    """The plan of one import."""

    def __init__(self) -> None:
        # Without a name SQLite keeps it in a file that is unlinked from its first moment: killed, we leave nothing.
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.executescript(_SCHEMA)
        self._store.execute("BEGIN")

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a question, for the report."""
        return self._store.execute(query, values).fetchall()

    # Reading in

    def note(self, kind: str, place: str, line: int, text: str) -> None:
        """Note what was not understood of something that is brought all the same."""
        self._store.execute("INSERT INTO note VALUES (?, ?, ?, ?)", (kind, place, line, text))

    def add(self, kind: str, place: str, line: int, understood: Understood) -> None:
        """Take a row in. The same one twice is one; two with one id are not."""
        data = msgspec.json.encode(understood.row)
        digest = hashlib.sha256(data).hexdigest()
        known = self.ask("SELECT place, line, digest FROM line WHERE kind = ? AND key = ?", kind, understood.key)
        for other, number, same in known:
            if same == digest:
                self._insert(kind, place, line, outcome=Outcome.MERGED, reason=f"The same row as {other}, {number}.")
            else:
                self.refuse(
                    kind, place, line, f"The id {understood.key!r} stands on line {number} too.", "Keep one of them."
                )
            return
        for text in understood.notes:
            self.note(kind, place, line, text)
        if isinstance(understood.row, Person) and self._merge(place, line, understood):
            return
        standing = getattr(understood.row, "standing", None)
        self._insert(
            kind, place, line, key=understood.key, also=understood.also, digest=digest, data=data, standing=standing
        )

    def refuse(self, kind: str, place: str, line: int, wrong: str, mend: str) -> None:
        """Note a row that cannot be understood."""
        self._insert(kind, place, line, outcome=Outcome.REFUSED, reason=wrong, mend=mend)

    def pass_over(self, kind: str, place: str, line: int, reason: str) -> None:
        """Note a row from which nothing follows."""
        self._insert(kind, place, line, outcome=Outcome.PASSED, reason=reason)

    def add_profiles(self) -> None:
        """Give people without a name the one that another table has for them."""
        for profile in self.undecided("profiles", Profile):
            for n, data in self.ask("SELECT n, data FROM line WHERE kind = 'people' AND key = ?", profile.key):
                person = msgspec.json.decode(data, type=Person)
                name, language = person.name or profile.row.name, profile.row.language or person.language
                told = msgspec.json.encode(msgspec.structs.replace(person, name=name, language=language))
                digest = hashlib.sha256(told).hexdigest()
                self._store.execute("UPDATE line SET data = ?, digest = ? WHERE n = ?", (told, digest, n))
            self.decide([Verdict(profile.n, Outcome.PASSED, "Its person has it now.")])

    def _merge(self, place: str, line: int, understood: Understood) -> bool:
        """Whether another row is of the same person: one address, one person."""
        kept = self.ask("SELECT key, line FROM line WHERE kind = 'people' AND also = ?", understood.also)
        for key, number in kept:
            reason = f"The address {understood.also} stands on line {number} too; the two are one person."
            self._insert("people", place, line, outcome=Outcome.MERGED, reason=reason)
            self._store.execute("INSERT OR IGNORE INTO alias VALUES (?, ?)", (understood.key, key))
        return bool(kept)

    def _insert(self, kind: str, place: str, line: int, **more: object) -> None:
        names = ["kind", "place", "line", *more]
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO line ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  names are ours, above
        self._store.execute(statement, (kind, place, line, *more.values()))

    # Checking

    def undecided(self, kind: str, shape: type[Row], *, batch: int = 500) -> Iterator[Planned]:
        """The rows of a kind that were understood and not yet decided."""
        for rows in self.batches(kind, "outcome IS NULL", shape, batch=batch):
            yield from rows

    def batches(self, kind: str, which: str, shape: type[Row], *, batch: int) -> Iterator[list[Planned]]:
        """Rows of a kind in the order in which they stood, a batch at a time.

        Args:
            which: a condition of our own on a line.
        """
        after = 0
        while True:
            found = self.ask(
                "SELECT n, kind, key, place, line, digest, data, also, outcome, thing FROM line"  # noqa: S608  `which` is ours
                f" WHERE kind = ? AND n > ? AND key IS NOT NULL AND {which} ORDER BY n LIMIT ?",
                kind,
                after,
                batch,
            )
            if not found:
                return
            after = found[-1][0]
            yield [_planned(row, shape) for row in found]

    def decide(self, verdicts: Iterable[Verdict]) -> None:
        """Keep what shall become of rows."""
        self._store.executemany(
            "UPDATE line SET outcome = ?, reason = ?, mend = ?, thing = coalesce(?, thing), todo = ? WHERE n = ?",
            [
                (one.outcome, one.reason, one.mend, one.thing.hex if one.thing else None, int(one.todo), one.n)
                for one in verdicts
            ],
        )

    def done(self, things: Sequence[tuple[int, UUID]]) -> None:
        """Note that rows are written, and what they are here."""
        self._store.executemany(
            "UPDATE line SET todo = 0, thing = ? WHERE n = ?", [(thing.hex, n) for n, thing in things]
        )

    def pair_up(self, n: int, person: Planned, course: Planned) -> None:
        """Note whose access to what a row is about."""
        self._store.execute("UPDATE line SET pair = ? WHERE n = ?", (f"{person.key}\n{course.key}", n))

    def beside(self, n: int, kind: str, *standings: str) -> bool:
        """Whether another row of a kind and standing is about the same access, and was not refused."""
        marks = ", ".join("?" * len(standings))
        found = self.ask(
            f"SELECT 1 FROM line WHERE kind = ? AND standing IN ({marks}) AND n <> ? AND pair ="  # noqa: S608  marks are question marks
            " (SELECT pair FROM line WHERE n = ?) AND coalesce(outcome, '') <> 'refused' LIMIT 1",
            kind,
            *standings,
            n,
            n,
        )
        return bool(found)

    def find(self, kind: str, called: str, shape: type[Row]) -> Planned | None:
        """The row that another one names, by its id or its other name; None where it is absent or was refused."""
        for kept in self.ask("SELECT kept FROM alias WHERE key = ?", called) if kind == "people" else ():
            called = kept[0]
        columns = "n, kind, key, place, line, digest, data, also, outcome, thing"
        for column, text in (("key", called), ("also", called.lower())):
            found = self.ask(
                f"SELECT {columns} FROM line WHERE kind = ? AND {column} = ? AND coalesce(outcome, '') <> 'refused'",  # noqa: S608  columns are ours
                kind,
                text,
            )
            if found:
                return _planned(found[0], shape)
        return None

    def course_of_payment(self, key: str) -> str:
        """The course that the enrolment of a payment names; "" where none does."""
        found = self.ask("SELECT json_extract(data, '$.course') FROM line WHERE kind = 'enrolments' AND also = ?", key)
        return found[0][0] if found else ""


def _planned(row: tuple[Any, ...], shape: type[Row]) -> Planned:
    n, kind, key, place, line, digest, data, also, outcome, thing = row
    return Planned(
        n,
        kind,
        key,
        place,
        line,
        digest,
        msgspec.json.decode(data, type=shape),
        also or "",
        Outcome(outcome) if outcome else None,
        UUID(thing) if thing else None,
    )
