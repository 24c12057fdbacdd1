"""`tollkeeper prove`: hours of misfortune in minutes, on an instance made for it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from tollkeeper.cli.output import Json
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
    as_json: Json = False,
) -> None:
    """Kill every process at every point while customers pay; nothing that was acknowledged may be lost.

    Ends with 0 only if every payer has access and nobody else does.
    """
    raise typer.Exit(_proof("crash").run(kills=kills, as_json=as_json))


@app.command("chaos")
def chaos(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Repeats the same misfortunes.")] = 1,
    as_json: Json = False,
) -> None:
    """Let the gateway lose, delay, double, forge and contradict its messages; every payer still gets access.

    Ends with 0 only if every payer has access and nobody else does.
    """
    raise typer.Exit(_proof("chaos").run(seed=seed, as_json=as_json))


def _proof(name: str) -> Any:
    if find_spec(f"tollkeeper.proofs.{name}") is None:
        raise NoSuchProof(f"This release does not contain the proof {name!r}.")
    return import_module(f"tollkeeper.proofs.{name}")
