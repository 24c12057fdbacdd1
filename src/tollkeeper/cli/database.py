"""`tollkeeper database`: where it is, and a shell into it."""

from __future__ import annotations

from typing import Annotated

import typer

from tollkeeper.cli import ready
from tollkeeper.cli.output import By, Json, operator

app = typer.Typer(
    no_args_is_help=True,
    help="The instance's database: its address, and a shell in it as the role that serves or the one that owns.",
)
Owner = Annotated[bool, typer.Option("--owner", help="As the role that owns the tables, instead of the serving one.")]


@app.command("url")
def url(
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password too. The audit log records that you did.")
    ] = False,
    owner: Owner = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Print the database's address, with *** for the password.

    The address works in psql and in DATABASE_URL, once it has its password.
    """
    ready.acts("databases").url(owner=owner, shown_to=operator(by) if show_password else None, as_json=as_json)


@app.command("shell", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def shell(context: typer.Context, owner: Owner = False, by: By = None) -> None:
    """Open psql in the database, as the serving role: it reads everything and cannot write money.

    As the owner (--owner, audited) nothing is walled off. Words after `--` go to psql:
    `tollkeeper database shell -- -c "SELECT count(*) FROM ledger_payment"`.
    """
    ready.acts("databases").shell(list(context.args), owner=owner, by=operator(by))
