"""`tollkeeper flag`: switches that an operator turns without a deploy."""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import By, Json, operator

app = typer.Typer(
    no_args_is_help=True,
    help="Feature flags. A turn takes effect within a second, in every process, and is written to the audit log.",
)


@app.command("list")
def list_flags(as_json: Json = False) -> None:
    """Show every flag, whether it is on, and what it means."""
    ready.acts("flags").show(as_json=as_json)


@app.command("set")
def set_flag(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The flag, as `flag list` names it.")],
    value: Annotated[str, typer.Argument(metavar="on|off", help="What it shall be.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in one sentence; kept in the audit log.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Turn a flag on or off.

    Example: `tollkeeper flag set fast_track off --reason "Checking a suspicious buyer by hand"`.
    """
    ready.acts("flags").turn(name, value, by=operator(by), reason=reason, as_json=as_json)
