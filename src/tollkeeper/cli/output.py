"""What commands print, for people and for scripts, and the exit codes they end with."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import Any

import msgspec
from rich.console import Console

from tollkeeper.core.errors import Refusal, TollkeeperError

console = Console(highlight=False)


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
        return cls.REFUSED if isinstance(error, Refusal) else cls.FAULT


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def complain(error: TollkeeperError, *, as_json: bool) -> None:
    """Say on standard error what was wrong and how to mend it."""
    if as_json:
        print_json({"error": error.code, "sentence": error.sentence, "mend": error.mend})
    else:
        sys.stderr.write(f"{error.sentence}\n{error.mend}\n")
