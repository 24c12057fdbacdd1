"""`tollkeeper docs`: the reference pages, from the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from tollkeeper.core.errors import Refusal

GENERATOR = Path(__file__).resolve().parents[3] / "docs" / "generate.py"


class NotAClone(Refusal):
    """The reference pages are written in a clone of the repository, and this is an installed package."""

    code = "not_a_clone"
    remedy = "Clone the repository and run `make docs` there."


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 if a page is stale.")] = False,
) -> None:
    """Write the reference pages of docs/ from the code.

    Settings, commands, states, errors and the like are read from the code, so that the pages cannot tell something
    else. `--check` only compares.
    """
    if not GENERATOR.exists():
        raise NotAClone
    command = [sys.executable, str(GENERATOR), *(["--check"] if check else [])]
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603  our own script, our own words
