"""`tollkeeper`: collects the groups, accepts `group:verb`, and turns refusals into sentences and exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

import typer

from tollkeeper.cli import database, demo, flag, payment, proving, serve, testing
from tollkeeper.cli.output import Exit, complain
from tollkeeper.core.errors import TollkeeperError

app = typer.Typer(
    name="tollkeeper",
    help="Takes card payments, opens what was bought within a second, and keeps its own watch.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.add_typer(payment.app, name="payment")
app.add_typer(testing.app, name="test")
app.add_typer(database.app, name="database")
app.add_typer(flag.app, name="flag")
app.add_typer(proving.app, name="prove")


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `tollkeeper`; the process's own when left out.

    Returns:
        An exit code of `cli.output.Exit`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=_split_verb(words), standalone_mode=True, prog_name="tollkeeper")
    except TollkeeperError as error:
        complain(error, as_json="--json" in words)
        return Exit.of(error)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemExit as ended:
        return int(ended.code or 0)
    return Exit.DONE


def _split_verb(words: list[str]) -> list[str]:
    """`group:verb` is `group verb`; only the first word is looked at, so arguments may hold colons."""
    if words and ":" in words[0] and not words[0].startswith("-"):
        group, _, verb = words[0].partition(":")
        return [group, verb, *words[1:]]
    return words


def release() -> str:
    """The version of this installation."""
    try:
        return version("tollkeeper")
    except PackageNotFoundError:
        return "from source"


if __name__ == "__main__":
    sys.exit(main())
