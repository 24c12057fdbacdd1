"""Reads CSV files of a stranger: a line at a time, whatever their size, with every bad line named.

Each line and each record has a limit, so that memory is bounded by it and not by the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from tollkeeper.operations.moving_in.errors import NothingToBring, Unreadable
from tollkeeper.operations.moving_in.mapping import KINDS, Kind, Names

LONGEST_LINE = 1024 * 1024
LONGEST_RECORD = 2 * 1024 * 1024
MOST_COLUMNS = 500
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands there.

    Args:
        kind: of thing.
        place: the file's or the table's name.
        line: in the file, counting from 1, where the row begins.
        cells: column → text; what is empty or null is left out.
    """

    kind: str
    place: str
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A row that cannot be read as one. `wrong` and `mend` are sentences."""

    kind: str
    place: str
    line: int
    wrong: str
    mend: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a file or table has, told before its first row."""

    kind: str
    place: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A file or table that holds rows and that no name leads to."""

    place: str


Read = Record | Spoiled | Columns | Passed


def read_folder(folder: Path, names: Names) -> Iterator[Read]:
    """Every row of the folder's files, in the order in which things can be brought.

    Raises:
        NothingToBring: the folder holds none of the files.
        Unreadable: a file cannot be read any further.
    """
    found = [(name, folder / kind.file) for name, kind in names.kinds.items() if (folder / kind.file).is_file()]
    if not found:
        wanted = ", ".join(kind.file for kind in names.kinds.values())
        raise NothingToBring(f"{folder} holds none of {wanted}.")
    for name, path in found:
        yield from _read_file(path, name, names)
    known = {path for _, path in found}
    yield from (Passed(path.name) for path in sorted(folder.glob("*.csv")) if path not in known)


def missing_columns(kind: str, named: Kind, have: Sequence[str]) -> list[str]:
    """The columns that a mapping names and that are not there; what it leaves to the defaults need not be."""
    told = {ours: theirs for ours, theirs in named.columns.items() if theirs != KINDS[kind].columns[ours]}
    return [one for theirs in told.values() for one in theirs if one.partition(".")[0] not in have]


def _read_file(path: Path, kind: str, names: Names) -> Iterator[Read]:
    try:
        with path.open("rb") as file:
            lines = _Lines(file, path.name, names.encoding)
            header = next(lines, "")
            delimiter = names.delimiter or _delimiter(header)
            reader = csv.reader(_again(header, lines), delimiter=delimiter, strict=True)
            yield from _rows(reader, lines, kind, path.name)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error


def _rows(reader: Iterator[list[str]], lines: _Lines, kind: str, place: str) -> Iterator[Read]:
    # The module's limit is one for the process; a record's own limit below is what bounds us.
    csv.field_size_limit(LONGEST_RECORD)
    header = _header(reader, place)
    yield Columns(kind, place, tuple(header))
    while True:
        lines.begin()
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield Spoiled(kind, place, lines.began, f"The line is not CSV: {error}.", "Look at its quotes.")
            continue
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            wrong = f"The line has {len(row)} cells, the first line {len(header)}."
            yield Spoiled(kind, place, lines.began, wrong, "Put what holds the delimiter or a line break in quotes.")
            continue
        cells = {name: cell for name, cell in zip(header, row, strict=True) if cell.strip()}
        yield Record(kind, place, lines.began, cells)


def _header(reader: Iterator[list[str]], place: str) -> list[str]:
    header: list[str] = []
    with suppress(csv.Error):
        header = [name.strip() for name in next(reader, [])]
    if not header or not all(header):
        raise Unreadable(f"{place}: the first line must name every column.")
    if len(set(header)) != len(header):
        raise Unreadable(f"{place}: two columns have the same name.")
    if len(header) > MOST_COLUMNS:
        raise Unreadable(f"{place}: the first line names {len(header)} columns; that is no table.")
    return header


def _delimiter(header: str) -> str:
    with suppress(csv.Error):
        return csv.Sniffer().sniff(header[:4096], delimiters=",;\t").delimiter
    return max(",;\t", key=header.count)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


class _Lines(Iterator[str]):
    """The lines of a file, decoded, each with its end; counts them, and refuses what is no text.

    A record that a forgotten quote makes endless is stopped here, at its limit.
    """

    def __init__(self, file: BinaryIO, place: str, encoding: str) -> None:
        self._file = file
        self._place = place
        self._encoding = encoding
        self._read = 0
        self._record_bytes = 0
        self.began = 1
        """The line on which the record that is being read begins."""

    def begin(self) -> None:
        """A new record begins with the next line."""
        self._record_bytes = 0
        self.began = self._read + 1

    def __next__(self) -> str:
        raw = self._file.readline(LONGEST_LINE + 1)
        if not raw:
            raise StopIteration
        self._read += 1
        self._record_bytes += len(raw)
        if len(raw) > LONGEST_LINE:
            self._refuse(f"is longer than {LONGEST_LINE} bytes", "A line break is missing, or this is no CSV file.")
        if self._record_bytes > LONGEST_RECORD:
            self._read = self.began
            self._refuse("begins a record without an end", "A quote that opens there is never closed.")
        return self._decoded(raw)

    def _decoded(self, raw: bytes) -> str:
        if self._read == 1:
            if raw.startswith(_OTHER_BOMS):
                self._refuse("is UTF-16", "Save the file as CSV UTF-8.")
            raw = raw.removeprefix(_BOM)
        if b"\x00" in raw:
            self._refuse("holds a zero byte", "Save the file as CSV UTF-8.")
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            self._refuse(f"is not {self._encoding}", "Save the file as CSV UTF-8, or state its encoding.")

    def _refuse(self, wrong: str, mend: str) -> NoReturn:
        raise Unreadable(f"{self._place}, line {self._read}: it {wrong}.", remedy=mend)
