"""`tollkeeper prove`: hours of misfortune in minutes, on an instance made for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from tollkeeper.cli.output import Json, end, print_json, say
from tollkeeper.core.errors import Fault

app = typer.Typer(
    no_args_is_help=True,
    help="Prove by misfortune: kill everything, break the gateway, and look that no payer went without. Each proof runs"
    " on a fresh instance of its own and never touches yours.",
)


class NoSuchProof(Fault):
    """This release does not contain that proof."""

    code = "no_such_proof"
    remedy = "Take a release that has it, or read CHANGELOG.md for what this one brings."


@app.command("crash")
def crash(
    kills: Annotated[int, typer.Option("--kills", min=1, help="How many times something is killed.")] = 40,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Repeats an earlier run's plan.")] = None,
    as_json: Json = False,
) -> None:
    """Kill every process at every point while customers pay; nothing that was acknowledged may be lost.

    Ends with 0 only if every payer has access and nobody else does. 150 kills reach every named point.
    """
    _tell(_proof("crash").run(kills=kills, seed=seed, announce=_aside(as_json=as_json)), as_json=as_json)


@app.command("chaos")
def chaos(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Repeats the same misfortunes.")] = 1,
    as_json: Json = False,
) -> None:
    """Let the gateway lose, delay, double, forge and contradict its messages; every payer still gets access.

    Ends with 0 only if every payer has access and nobody else does.
    """
    _tell(_proof("chaos").run(seed=seed, announce=_aside(as_json=as_json)), as_json=as_json)


def _aside(*, as_json: bool) -> Callable[[str], None]:
    """Where to say how far it is: beside the JSON document, or before the table."""
    return partial(print, file=sys.stderr, flush=True) if as_json else say


def _tell(report: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        say(*report.lines())
    end(well=report.passed)


def _proof(name: str) -> Any:
    if find_spec(f"tollkeeper.proofs.{name}") is None:
        raise NoSuchProof(f"This release does not contain the proof {name!r}.")
    return import_module(f"tollkeeper.proofs.{name}")
