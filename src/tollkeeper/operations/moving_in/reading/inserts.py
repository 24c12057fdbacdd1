"""The values of an INSERT statement, row by row, however many rows it has (`pg_dump --rows-per-insert`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tollkeeper.operations.moving_in.errors import Unreadable
from tollkeeper.operations.moving_in.reading.csvs import LONGEST_RECORD

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<comma>,) | (?P<end>;(?=\s|$)) | (?P<conflict>ON\ CONFLICT\b[^;]*;)
      | [Ee]'(?P<escaped>[^'\\]*(?:(?:''|\\.)[^'\\]*)*)'(?=[\s,);:])
      | '(?P<text>[^']*(?:''[^']*)*)'(?=[\s,);:])
      | (?P<null>NULL|DEFAULT)\b
      | (?P<bare>[-+\w.]+)
      | (?P<cast>::[\w\s."\[\]]+(?:\([\d,\s]*\))?)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SLASHED = re.compile(r"''|\\(.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def read_insert(start: str, more: Iterator[str], *, place: str) -> Iterator[list[str | None]]:
    """The rows after VALUES, each a list of texts; None is null.

    Args:
        start: what stands after VALUES on its line.
        more: the lines that follow; as many are taken as the statement has.
        place: where it stands, for messages.

    Raises:
        Unreadable: it is not what `pg_dump` writes, or a row is longer than we take.
    """
    row: list[str | None] | None = None
    for what, text in _tokens(start, more, place):
        match what:
            case "open":
                row = []
            case "close" if row is not None:
                yield row
                row = None
            case "end" | "conflict":
                return
            case "comma" | "cast":
                pass
            case _ if row is not None:
                row.append(_value(what, text))
            case _:
                raise Unreadable(f"{place}: {text[:40]!r} stands outside a row.", remedy="Make the dump again.")


def _value(what: str, text: str) -> str | None:
    match what:
        case "null":
            return None
        case "text":
            return text.replace("''", "'")
        case "escaped":
            return _SLASHED.sub(lambda found: _LETTERS.get(found[1], found[1]) if found[1] else "'", text)
        case _:
            return text


def _tokens(start: str, more: Iterator[str], place: str) -> Iterator[tuple[str, str]]:
    waiting, at = start, 0
    while True:
        found = _TOKEN.match(waiting, at)
        if found is not None and found.lastgroup is not None:
            yield found.lastgroup, found[found.lastgroup]
            if found.lastgroup in {"end", "conflict"}:
                return
            at = found.end()
            continue
        waiting, at = _longer(waiting[at:], more, place), 0


def _longer(rest: str, more: Iterator[str], place: str) -> str:
    """The rest with the lines that follow, up to where no text is open: looked at once, however many lines it has."""
    parts, length, quotes = [rest], len(rest), rest.count("'")
    while True:
        line = next(more, None)
        if line is None:
            raise Unreadable(f"{place}: the statement has no end.", remedy="The dump was cut off; make it again.")
        parts.append(line)
        length += len(line)
        quotes += line.count("'")
        if length > 2 * LONGEST_RECORD:
            raise Unreadable(f"{place}: a row is longer than {LONGEST_RECORD} bytes.", remedy="Make the dump again.")
        if quotes % 2 == 0:
            return "".join(parts)
