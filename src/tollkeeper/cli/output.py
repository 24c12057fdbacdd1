"""What commands print, for people and for scripts, and the exit codes they end with."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tollkeeper.core.errors import Refusal, TollkeeperError

console = Console(highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for scripts.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this, for the audit log; your account when left out.")]


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    """A check failed, or what was looked for was not so."""
    REFUSED = 2
    """The request was wrong; the sentence says how to mend it."""
    FAULT = 3
    """Tollkeeper failed to do its part."""
    AWAY = 4
    """The database, or the instance, does not answer."""
    INTERRUPTED = 130

    @classmethod
    def of(cls, error: TollkeeperError) -> Exit:
        """The code for an error."""
        if isinstance(error, Away):
            return cls.AWAY
        return cls.REFUSED if isinstance(error, Refusal) else cls.FAULT


class BadArguments(Refusal):
    """The command cannot be read."""

    code = "bad_arguments"
    remedy = "`tollkeeper --help` lists the commands."


class Away(Refusal):
    """The instance does not answer."""

    code = "away"
    remedy = "Start it: `tollkeeper serve` (with --demo for a practice shop), then try again."
    http_status = 503


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def complain(error: TollkeeperError, *, as_json: bool) -> None:
    """Say on standard error what was wrong and how to mend it."""
    if as_json:
        print_json({"error": error.code, "sentence": error.sentence, "mend": error.mend})
    else:
        sys.stderr.write(f"{error.sentence}\n{error.mend}\n")


def say(*lines: str) -> None:
    """Print lines as they are: brackets in them are no markup, and a terminal's width breaks none."""
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """A table that a person reads; for programs there is --json."""
    table = Table(*heads, title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    # A pipe has no width; 80 columns would cut references in two.
    (console if console.is_terminal else Console(highlight=False, width=200)).print(table)


def end(*, well: bool) -> None:
    """End the command: 0 when it went well, else 1."""
    raise typer.Exit(Exit.DONE if well else Exit.FAILED)


def operator(by: str | None) -> str:
    """Who does this: the name given, else the account that runs the command."""
    if by and by.strip():
        return by.strip()
    if sudoer := os.environ.get("SUDO_USER"):
        return sudoer
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _plain(cell: object) -> str:
    return "" if cell is None else str(cell).replace("[", "\\[")
