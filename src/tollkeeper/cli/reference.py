"""Every command with its help and options, for the reference pages and for the test that looks at both."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from tollkeeper.cli.main import app


@dataclass(frozen=True, slots=True)
class Described:
    """A command.

    Args:
        name: all its words, for example `payment show`.
        usage: how it is called, for example `tollkeeper payment show [OPTIONS] REF|ID`.
        help: what it does, as `--help` says.
        options: each argument and option with its meaning.
    """

    name: str
    usage: str
    help: str
    options: tuple[tuple[str, str], ...]


def commands() -> list[Described]:
    """Every command, by name."""
    root: Any = typer.main.get_command(app)
    return sorted(_commands(root, None, "tollkeeper"), key=lambda found: found.name)


def _commands(command: Any, parent: Any, word: str) -> Iterator[Described]:
    context = command.context_class(command, parent=parent, info_name=word)
    inner = getattr(command, "commands", None)
    if inner is not None:
        for name, child in inner.items():
            yield from _commands(child, context, name)
        return
    records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
    path = context.command_path
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    about = inspect.cleandoc(command.help or "").strip()
    options = tuple((name, text) for name, text in records if "--help" not in name)
    yield Described(path.removeprefix("tollkeeper "), usage, about, options)
