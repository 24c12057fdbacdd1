"""`tollkeeper serve`: everything up, in the foreground."""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready


def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load a small school and run the sandbox gateway.")] = False,
    past: Annotated[bool, typer.Option(help="Give that school some weeks of orders, unless it has any.")] = True,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Run the sandbox gateway beside the shop.")] = False,
) -> None:
    """Start the database, the shop and its helpers; Ctrl-C stops them all.

    The data stays in the data folder (`data/`, or TOLLKEEPER_DATA_DIR) and is there at the next start.
    """
    raise typer.Exit(ready.plain("serving").serve(demo=demo, past=past, sandbox=sandbox))
