"""Runs an instance until it is told to stop, and says where it is."""

from __future__ import annotations

import json
import os
from types import MappingProxyType

from tollkeeper.cli.output import console
from tollkeeper.core.errors import Refusal
from tollkeeper.core.settings import PREFIX, settings
from tollkeeper.server.supervisor import Ready, run

SAMPLE_BANK = MappingProxyType(
    {
        "bank_account_holder": "Sample School (practice only)",
        "bank_name": "Sample Bank, no real bank",
        "bank_account": "000 0000 0000",
        "bank_code": "000000",
        "bank_swift": "SMPLZAJJ",
    }
)
"""Settings that let the demo offer bank transfers. No money can be sent there."""


class NotInProduction(Refusal):
    """Demo data and the sandbox gateway have no place in production."""

    code = "not_in_production"
    remedy = "Leave out --demo and --sandbox, or set TOLLKEEPER_ENVIRONMENT to another value."


def serve(*, demo: bool, past: bool, sandbox: bool) -> int:
    """Serve until a signal comes; the exit code.

    Args:
        demo: load the practice school.
        past: give that school some weeks of orders, if it has none.
        sandbox: run the sandbox gateway, as the practice school does anyway.

    Raises:
        NotInProduction: practice things were asked for where money is real.
    """
    if settings().production and (demo or sandbox):
        raise NotInProduction
    if demo and not settings().takes_transfers:
        _offer_transfers()

    def prepare(ready: Ready) -> None:
        wanted = [name for name, is_wanted in (("--demo", demo), ("--past", demo and past)) if is_wanted]
        ready.step("prepare", "-m", "tollkeeper.cli.prepare", *wanted)

    def opened(ready: Ready) -> None:
        _announce(ready, demo=demo)

    return run(
        settings(),
        sandbox=demo or sandbox,
        announce=lambda line: console.print(line, markup=False, soft_wrap=True),
        prepare=prepare,
        opened=opened,
    )


def _offer_transfers() -> None:
    """Let the demo, and the processes that it starts, take bank transfers to a bank that is none."""
    os.environ.update({f"{PREFIX}{name.upper()}": value for name, value in SAMPLE_BANK.items()})
    settings.cache_clear()


def _announce(ready: Ready, *, demo: bool) -> None:
    console.print(f"\n  The shop is open:  [bold]{ready.address}[/bold]")
    if ready.sandbox_address:
        console.print(f"  Sandbox gateway:   {ready.sandbox_address} (no real money moves here)")
    if demo:
        people = json.loads((settings().data_dir / "demo_sign_ins.json").read_text())
        for person in people:
            console.print(f"  Sign in as {person['role']}:  {person['email']}  {person['password']}", markup=False)
    console.print("  Ctrl-C stops everything; the data stays.\n")
