"""`tollkeeper demo`: buy a course without a browser, and see where each millisecond goes."""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import Json


def demo(
    course: Annotated[str | None, typer.Option("--course", help="Which course to buy; the first if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Buy a course over real HTTP as a customer's browser would, and time each stage.

    In the instance that runs here, if it has the sandbox gateway; else in one that is made for this, on a folder of
    its own, and gone afterwards. No real money moves.
    """
    ready.plain("showing").demo(course=course, as_json=as_json)
