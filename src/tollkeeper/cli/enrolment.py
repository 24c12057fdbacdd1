"""`tollkeeper enrolment`: open a course for somebody, and send them the way in."""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import By, Json, operator

app = typer.Typer(
    no_args_is_help=True,
    help="Access to courses, as far as no payment decides it. Each act is written to the audit log.",
)


@app.command("give")
def give(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose it shall be; who is new here is added.")],
    course: Annotated[str, typer.Argument(metavar="COURSE", help="The course, as its address names it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in one sentence; kept in the audit log.")],
    language: Annotated[str, typer.Option("--language", help="Of the mail to somebody new: en, pl or uk.")] = "en",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Open a course for somebody without payment, and tell them by mail.

    Example: `tollkeeper enrolment give ann@example.com phone-photography --reason "Won the school's raffle"`.
    """
    ready.acts("enrolments").give(email, course, language=language, by=operator(by), reason=reason, as_json=as_json)


@app.command("resend")
def resend(
    whom: Annotated[str, typer.Argument(metavar="REF|EMAIL", help="An order's reference, or the customer's address.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Mail somebody the way to their open courses once more. At most three an hour for one address."""
    ready.acts("enrolments").resend(whom, by=operator(by), as_json=as_json)
