"""`tollkeeper test`: does this instance work, from the outside?"""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import Json

app = typer.Typer(
    no_args_is_help=True,
    help="Try the running instance. Each test tells step by step what passed, and ends with 0 only if everything did.",
)
Course = Annotated[str | None, typer.Option("--course", help="Which course to buy; the first if left out.")]


@app.command("smoke")
def smoke(course: Course = None, as_json: Json = False) -> None:
    """Look in a few seconds whether the shop can sell: pages, database, gateway, a checkout, health.

    The checkout is opened and turned back at once; nothing is paid. Safe in production, where it leaves one
    cancelled order behind.
    """
    ready.acts("trials").smoke(course=course, as_json=as_json)


@app.command("payment-flow")
def payment_flow(course: Course = None, as_json: Json = False) -> None:
    """Buy a course in the running instance over real HTTP, and tell pass or fail for each stage.

    Needs the sandbox gateway (`serve --demo` or `--sandbox`): no real money moves.
    """
    ready.acts("trials").payment_flow(course=course, as_json=as_json)


@app.command("db:connection")
def db_connection(as_json: Json = False) -> None:
    """Look whether the database answers, as whom, how fast, and whether it is up to date and walled off."""
    ready.acts("trials").db_connection(as_json=as_json)


@app.command("ikhokha-api-connectivity")
def ikhokha_api_connectivity(as_json: Json = False) -> None:
    """Ask iKhokha a signed question that costs nothing: is it reachable, and does it take our credentials?"""
    ready.acts("trials").gateway_connectivity(as_json=as_json)
