"""`tollkeeper import`: moving in from an earlier system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import By, Json, operator

app = typer.Typer(
    no_args_is_help=True,
    help="Moving in: people with their passwords, courses, access, paid history and open payment links of an earlier"
    " system. Looks first; nothing is written without --apply, and nobody gets a mail.",
)
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--mapping",
        metavar="FILE|NAME=VALUE",
        help="A TOML file with their names of tables, columns and words; or one of its settings, such as locale=pl,"
        " dates=%d.%m.%Y or delimiter=semicolon. May be given several times.",
    ),
]
Apply = Annotated[bool, typer.Option("--apply", help="Do it. Left out, only say what would be done.")]
ReportTo = Annotated[
    Path | None, typer.Option("--report", metavar="DIR", help="Write report.json, rows.csv and payers.csv there.")
]


@app.command("csv")
def bring_csv(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Holds people.csv, courses.csv and so on.")],
    mapping: Mapping = None,
    apply: Apply = False,
    report: ReportTo = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Bring what a folder of CSV files holds. `tollkeeper import template FOLDER` writes examples.

    The same folder twice changes nothing; more rows later are added. Killed, it goes on where it stood when it is
    called again. Ends with 1 if a row was refused.
    """
    ready.acts("moving").bring("csv", folder, mapping or [], by=_doer(by, apply), report=report, as_json=as_json)


@app.command("dump")
def bring_dump(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Of pg_dump: plain SQL, gzipped or not, or custom.")],
    mapping: Mapping = None,
    apply: Apply = False,
    report: ReportTo = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Bring what a dump of a PostgreSQL holds, Supabase's above all.

    The dump is read as text: nothing in it is executed, so its roles, extensions and policies do not matter. The rest
    is as with `import csv`.
    """
    ready.acts("moving").bring("dump", file, mapping or [], by=_doer(by, apply), report=report, as_json=as_json)


@app.command("template")
def template(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An empty one, or one to be made.")],
    as_json: Json = False,
) -> None:
    """Write example CSV files with the right names and columns, and a page that explains them."""
    ready.plain("templates").write(folder, as_json=as_json)


def _doer(by: str | None, apply: bool) -> str | None:
    """Who does it; nobody, where it is only looked at."""
    return operator(by) if apply else None
