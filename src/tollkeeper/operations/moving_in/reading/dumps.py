"""Reads a dump of a PostgreSQL as text, whatever its size. Nothing in it is executed, by nobody.

A plain dump holds rows as COPY blocks or INSERT statements, a custom one is turned into the former by `pg_restore`
without any database. So functions, extensions, roles and policies of the old server are only lines to pass over, no
transaction of ours waits for a restore, and a dump that somebody has tampered with can run nothing.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, cast

from tollkeeper.operations.moving_in.errors import NothingToBring, Unreadable
from tollkeeper.operations.moving_in.mapping import Names
from tollkeeper.operations.moving_in.reading.csvs import LONGEST_RECORD, Columns, Passed, Read, Record, Spoiled
from tollkeeper.operations.moving_in.reading.inserts import read_insert

_ARCHIVES = {b"PGDMP": 0, b"ustar": 257}
"""What a custom and a tar archive begin with, and where."""
_GZIP = b"\x1f\x8b"
_NAME = r'(?:"((?:[^"]|"")+)"|(\w+))'
_COPY = re.compile(rf"COPY {_NAME}\.{_NAME} \((.*)\) FROM stdin;\s*$")
_INSERT = re.compile(rf"INSERT INTO {_NAME}\.{_NAME} (?:\((.*?)\) )?(?:OVERRIDING SYSTEM VALUE )?VALUES\b")
_COLUMN = re.compile(r'"((?:[^"]|"")+)"|([^\s,]+)')
_ENCODING = re.compile(r"SET client_encoding = '(.*)';")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_dump(path: Path, names: Names, *, pg_restore: Path | None) -> Iterator[Read]:
    """Every row of the tables that the mapping names, in the dump's order.

    Args:
        path: plain SQL (also compressed by gzip), or an archive of `pg_dump --format=custom` or `tar`.
        pg_restore: the program, for archives.

    Raises:
        NothingToBring: none of the tables is in it.
        Unreadable: it cannot be read any further, or it ends too early.
    """
    wanted = {kind.table: name for name, kind in names.kinds.items()}
    with _opened(path, wanted, pg_restore) as lines:
        reader = _Reader(lines, path.name, wanted)
        yield from reader.read()
        yield from (Passed(table) for table in sorted(reader.passed) if table.startswith("public."))
    if not reader.found:
        seen = ", ".join(sorted(reader.passed)[:30]) or "none with rows"
        raise NothingToBring(
            f"{path.name} holds none of {', '.join(wanted)}. Its tables: {seen}.",
            remedy="Name the tables in a mapping (`--mapping FILE`); docs/how-to/move-in.md shows one.",
        )


class _Reader:
    """Goes through a dump's lines once."""

    def __init__(self, lines: IO[bytes], place: str, wanted: Mapping[str, str]) -> None:
        self._lines = lines
        self._place = place
        self._wanted = wanted
        self._number = 0
        self.found: set[str] = set()
        self.passed: set[str] = set()

    def read(self) -> Iterator[Read]:
        """Every row of a wanted table."""
        inside: str | None = None
        while (raw := self._next()) is not None:
            text = raw.decode(errors="replace")
            if inside is None and (copied := _COPY.match(text)):
                yield from self._copy(_table(copied), _columns(copied[5]))
            elif inside is None and (inserted := _INSERT.match(text)):
                yield from self._insert(_table(inserted), inserted, text)
            elif inside is None and (encoded := _ENCODING.match(text)):
                self._demand_utf8(encoded[1])
            else:
                inside = _body(text, inside)

    def _next(self) -> bytes | None:
        """The next line, cut at the limit where it is longer: what is cut is read past."""
        raw = self._lines.readline(LONGEST_RECORD + 1)
        if not raw:
            return None
        self._number += 1
        rest = raw
        while not rest.endswith(b"\n") and (rest := self._lines.readline(LONGEST_RECORD)):
            pass
        return raw

    def _copy(self, table: str, columns: list[str]) -> Iterator[Read]:
        kind = self._take(table)
        if kind is not None:
            yield Columns(kind, table, tuple(columns))
        while (raw := self._next()) is not None:
            if raw.rstrip(b"\r\n") == b"\\.":
                return
            if kind is not None:
                yield self._row(kind, table, columns, raw)
        raise Unreadable(
            f"{self._place} ends in the middle of the table {table}.", remedy="It was cut off; make the dump again."
        )

    def _row(self, kind: str, table: str, columns: list[str], raw: bytes) -> Read:
        here = (kind, table, self._number)
        if len(raw) > LONGEST_RECORD:
            return Spoiled(*here, f"The row is longer than {LONGEST_RECORD} bytes.", "Shorten it in the old system.")
        try:
            cells = raw.decode().rstrip("\r\n").split("\t")
        except UnicodeDecodeError:
            return Spoiled(*here, "The row is not UTF-8.", "Make the dump with --encoding=UTF8.")
        if len(cells) != len(columns):
            return Spoiled(*here, f"The row has {len(cells)} cells for {len(columns)} columns.", "Make the dump again.")
        texts = {name: _unescaped(cell) for name, cell in zip(columns, cells, strict=True) if cell != "\\N"}
        return _record(here, texts)

    def _insert(self, table: str, found: re.Match[str], text: str) -> Iterator[Read]:
        kind = self._take(table)
        began = self._number
        more = self._texts()
        if kind is not None and found[5] is None:
            raise Unreadable(
                f"{self._place}, line {began}: the rows of {table} do not name their columns.",
                remedy="Make the dump with --column-inserts, or without --inserts.",
            )
        columns = _columns(found[5] or "")
        if kind is not None:
            yield Columns(kind, table, tuple(columns))
        for cells in read_insert(text[found.end() :], more, place=f"{self._place}, line {began}"):
            here = (kind or "", table, self._number)
            if kind is None:
                continue
            if len(cells) != len(columns):
                wrong = f"The row has {len(cells)} values for {len(columns)} columns."
                yield Spoiled(*here, wrong, "Make the dump again.")
            else:
                known = {name: cell for name, cell in zip(columns, cells, strict=True) if cell is not None}
                yield _record(here, known)

    def _texts(self) -> Iterator[str]:
        while (raw := self._next()) is not None:
            if len(raw) > LONGEST_RECORD:
                raise Unreadable(f"{self._place}, line {self._number}: it is longer than {LONGEST_RECORD} bytes.")
            try:
                yield raw.decode()
            except UnicodeDecodeError:
                raise Unreadable(f"{self._place}, line {self._number}: it is not UTF-8.") from None

    def _take(self, table: str) -> str | None:
        kind = self._wanted.get(table)
        if kind is None:
            self.passed.add(table)
        else:
            self.found.add(table)
        return kind

    def _demand_utf8(self, encoding: str) -> None:
        if encoding.upper() not in {"UTF8", "SQL_ASCII"}:
            raise Unreadable(
                f"{self._place} is written in {encoding}.", remedy="Make the dump with `pg_dump --encoding=UTF8`."
            )


@contextmanager
def _opened(path: Path, wanted: Mapping[str, str], pg_restore: Path | None) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            start = file.read(512)
        if any(start[at:].startswith(magic) for magic, at in _ARCHIVES.items()):
            with _restored(path, wanted, pg_restore) as lines:
                yield lines
        elif start.startswith(_GZIP):
            with gzip.open(path) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            with path.open("rb") as plain:
                yield plain
    except (OSError, EOFError) as error:
        raise Unreadable(f"{path} cannot be read: {error}.") from error


@contextmanager
def _restored(path: Path, wanted: Mapping[str, str], pg_restore: Path | None) -> Iterator[IO[bytes]]:
    """What `pg_restore` writes of an archive: rows alone, of the wanted tables alone, to its standard output."""
    if pg_restore is None:
        raise Unreadable(
            f"{path.name} is an archive, and the program pg_restore was not found.",
            remedy="Install PostgreSQL's client programs, or make the dump with `pg_dump --format=plain`.",
        )
    tables = [f"--table={table.rpartition('.')[2]}" for table in wanted]
    command: list[str | Path] = [
        pg_restore,
        "--data-only",
        "--no-owner",
        "--no-privileges",
        "--file=-",
        *tables,
        path.absolute(),
    ]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  the program of our own package, on a path that is no option
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env={"PATH": os.defpath}
        )
        # Left early, its pipe is closed and it ends by itself.
        with process, closing(process.stdout or said) as rows:
            yield rows
        if process.returncode != 0:
            said.seek(0)
            words = " ".join(said.read(2000).decode(errors="replace").split())
            raise Unreadable(f"{path.name} cannot be read as an archive: {words}")


def _table(found: re.Match[str]) -> str:
    schema, name = found[1] or found[2], found[3] or found[4]
    return f"{schema}.{name}".replace('""', '"')


def _columns(text: str) -> list[str]:
    return [(quoted or bare).replace('""', '"') for quoted, bare in _COLUMN.findall(text)]


def _record(here: tuple[str, str, int], cells: Mapping[str, str]) -> Read:
    if any("\x00" in cell for cell in cells.values()):
        return Spoiled(*here, "The row holds a zero byte.", "No PostgreSQL writes one; make the dump again.")
    return Record(*here, {name: cell for name, cell in cells.items() if cell.strip()})


def _body(text: str, inside: str | None) -> str | None:
    """The dollar quote that is open after a line: what stands in a function's body is no row."""
    for mark in _DOLLAR.findall(text):
        if inside is None:
            inside = mark
        elif mark == inside:
            inside = None
    return inside


def _unescaped(cell: str) -> str:
    return _ESCAPE.sub(_plain, cell) if "\\" in cell else cell


def _plain(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return chr(int(found[2], 8)) if found[2] else _LETTERS.get(found[3], found[3])
