"""Runs an instance until it is told to stop, and says where it is."""

from __future__ import annotations

import json

from tollkeeper.cli.output import console
from tollkeeper.core.errors import Refusal
from tollkeeper.core.settings import settings
from tollkeeper.server.supervisor import Ready, run


class NotInProduction(Refusal):
    """Demo data and the sandbox gateway have no place in production."""

    code = "not_in_production"
    remedy = "Leave out --demo and --sandbox, or set TOLLKEEPER_ENVIRONMENT to another value."


def serve(*, demo: bool, sandbox: bool) -> int:
    """Serve until a signal comes; the exit code.

    Raises:
        NotInProduction: practice things were asked for where money is real.
    """
    if settings().production and (demo or sandbox):
        raise NotInProduction

    def prepare(ready: Ready) -> None:
        ready.step("prepare", "-m", "tollkeeper.cli.prepare", *(["--demo"] if demo else []))

    def opened(ready: Ready) -> None:
        _announce(ready, demo=demo)

    return run(
        settings(),
        sandbox=demo or sandbox,
        announce=lambda line: console.print(line, markup=False, soft_wrap=True),
        prepare=prepare,
        opened=opened,
    )


def _announce(ready: Ready, *, demo: bool) -> None:
    console.print(f"\n  The shop is open:  [bold]{ready.address}[/bold]")
    if ready.sandbox_address:
        console.print(f"  Sandbox gateway:   {ready.sandbox_address} (no real money moves here)")
    if demo:
        people = json.loads((settings().data_dir / "demo_sign_ins.json").read_text())
        for person in people:
            console.print(f"  Sign in as {person['role']}:  {person['email']}  {person['password']}", markup=False)
    console.print("  Ctrl-C stops everything; the data stays.\n")
