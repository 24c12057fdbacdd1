"""Example files for moving in."""

from __future__ import annotations

from pathlib import Path

from tollkeeper.cli.output import print_json, say
from tollkeeper.operations.moving_in.templates import write_templates


def write(folder: Path, *, as_json: bool) -> None:
    """Write the example files and name them.

    Raises:
        Unreadable: the folder holds some of them already, or cannot be written.
    """
    written = [str(path) for path in write_templates(folder)]
    if as_json:
        print_json({"written": written})
    else:
        say(*written)
