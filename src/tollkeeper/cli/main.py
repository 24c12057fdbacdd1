"""`tollkeeper`: collects the groups, accepts `group:verb`, and turns refusals into sentences and exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from tollkeeper.cli import (
    database,
    demo,
    docs,
    enrolment,
    flag,
    importing,
    payment,
    proving,
    ready,
    serve,
    testing,
)
from tollkeeper.cli.output import BadArguments, Exit, complain, say
from tollkeeper.core.errors import Fault, TollkeeperError

app = typer.Typer(
    name="tollkeeper",
    help="Takes card payments, opens what was bought within a second, and keeps its own watch.",
    epilog="`tollkeeper GROUP --help` lists a group's commands; `group:verb` is the same as `group verb`.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def release() -> str:
    """The version of this installation."""
    try:
        return version("tollkeeper")
    except PackageNotFoundError:
        return "from source"


def _print_release(asked: bool) -> None:
    if asked:
        say(f"tollkeeper {release()}")
        raise typer.Exit


@app.callback()
def _anything(
    asked: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_release, help="Print the version and end.")
    ] = False,
) -> None:
    """What comes before any command."""


app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.add_typer(payment.app, name="payment")
app.add_typer(enrolment.app, name="enrolment")
app.add_typer(testing.app, name="test")
app.add_typer(database.app, name="database")
app.add_typer(flag.app, name="flag")
app.add_typer(importing.app, name="import")
app.add_typer(proving.app, name="prove")
app.command("docs")(docs.docs)


class Unforeseen(Fault):
    """Something happened that this command was not prepared for."""

    code = "unforeseen"
    remedy = "Please report it. `python -X dev -m tollkeeper.cli.main …` shows where it happened."


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `tollkeeper`; the process's own when left out.

    Returns:
        An exit code of `cli.output.Exit`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(app(args=_split_verb(words), standalone_mode=False, prog_name="tollkeeper") or Exit.DONE)
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last resort: nobody is shown a stack trace
        if not (told := _told(error)):
            return Exit.REFUSED
        complain(told, as_json="--json" in words)
        return Exit.of(told)


def _split_verb(words: list[str]) -> list[str]:
    """`group:verb` is `group verb`; only the first word is looked at, so arguments may hold colons."""
    if words and ":" in words[0] and not words[0].startswith("-"):
        group, _, verb = words[0].partition(":")
        return [group, verb, *words[1:]]
    return words


def _told(error: Exception) -> TollkeeperError | None:
    """What to say about an error; None where the help was printed instead."""
    if isinstance(error, TollkeeperError):
        return error
    if isinstance(error, typer.TyperException):
        said = error.format_message().strip()
        return BadArguments(said, remedy=_where_help_is(error)) if said else None
    away: TollkeeperError | None = ready.plain("trouble").away(error)
    if away is None and sys.flags.dev_mode:
        raise error
    return away or Unforeseen(f"Something unforeseen happened: {type(error).__name__}: {error}")


def _where_help_is(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path} --help` shows how it is called." if context else BadArguments.remedy


if __name__ == "__main__":
    sys.exit(main())
