"""Tries the running instance from the outside, step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import httpx
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tollkeeper.cli import ready
from tollkeeper.cli.acts.health import checked
from tollkeeper.cli.acts.purchase import Checkout, Customer
from tollkeeper.cli.acts.trouble import away
from tollkeeper.cli.output import Away, console, end, print_json, say
from tollkeeper.core import clock
from tollkeeper.core.checks import Finding, Verdict
from tollkeeper.core.database import TILL
from tollkeeper.core.errors import Refusal, TollkeeperError
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.registry import checks
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.checks import ikhokha_reachable
from tollkeeper.proofs.customer import Failed

OPENS_WITHIN_SECONDS = 15.0
PAGES = ("/", "/account/sign-in/", "/livez", "/readyz")
Result = TypeVar("Result")


class NoSandbox(Refusal):
    """This instance has no sandbox gateway, and a test never pays real money."""

    code = "no_sandbox"
    remedy = "Start one with `tollkeeper serve --demo`, or use `tollkeeper test smoke`, which pays nothing."


class Stopped(Exception):
    """A step failed that the rest needs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried."""

    step: str
    passed: bool
    ms: float
    said: str = ""


@dataclass
class Trial:
    """The steps so far; each is printed as it ends, unless the whole is to be one JSON document."""

    as_json: bool
    steps: list[Step] = field(default_factory=list)

    def attempt(self, name: str, act: Callable[[], Result]) -> Result | None:
        """Try something; a failure is noted, and None returned."""
        began = clock.monotonic()
        result, passed, said = None, True, ""
        try:
            result = act()
            said = result if isinstance(result, str) else ""
        except (Failed, httpx.HTTPError, TollkeeperError) as error:
            if isinstance(error, Away):
                raise
            passed = False
            said = str(error) or type(error).__name__
        self.note(Step(name, passed, round((clock.monotonic() - began) * 1000, 1), said))
        return result

    def demand(self, name: str, act: Callable[[], Result]) -> Result:
        """Try something that the rest needs.

        Raises:
            Stopped: it failed.
        """
        result = self.attempt(name, act)
        if not self.steps[-1].passed:
            raise Stopped
        return result  # type: ignore[return-value]  # None only where the act itself gives None

    def note(self, step: Step) -> None:
        """Add a step."""
        self.steps.append(step)
        if not self.as_json:
            console.print("[green]pass[/green]" if step.passed else "[red]FAIL[/red]", end="  ")
            say(f"{step.step} ({step.ms:.0f} ms){f': {step.said}' if step.said else ''}")

    def close(self, **more: object) -> None:
        """Say how it ended, and end the command."""
        well = bool(self.steps) and all(step.passed for step in self.steps)
        if self.as_json:
            print_json({"passed": well, "steps": self.steps} | more)
        else:
            say("", "Everything passed." if well else "It failed; the first FAIL above says where.")
        end(well=well)


def smoke(*, course: str | None, as_json: bool) -> None:
    """Can the shop sell?"""
    trial = Trial(as_json)
    with Customer(_address()) as customer:
        _database(trial)
        for path in PAGES:
            trial.attempt(f"page {path}", partial(_look, customer, path))
        trial.attempt("checkout opened and turned back", lambda: _open_and_turn_back(customer, course))
    for name, check in checks:
        one = checked(name, check)
        trial.note(Step(f"check {name}", one.finding.verdict is Verdict.PASS, one.ms, one.finding.sentence))
    trial.close()


def payment_flow(*, course: str | None, as_json: bool) -> None:
    """A whole purchase.

    Raises:
        NoSandbox: real money would move.
    """
    found = ready.running()
    if found is None or found.sandbox_address is None:
        raise NoSandbox
    trial = Trial(as_json)
    bought: list[Checkout] = []
    with Customer(found.address) as customer, suppress(Stopped):
        _buy(trial, customer, course, bought)
    trial.close(reference=bought[0].reference if bought else None)


def db_connection(*, as_json: bool) -> None:
    """Is the database there, and as it should be?"""
    trial = Trial(as_json)
    with suppress(Stopped):
        _database(trial)
        trial.attempt("migrations are applied", _migrations)
        trial.attempt(f"the serving role can take {TILL} and cannot write money without it", _walls)
    trial.close()


def gateway_connectivity(*, as_json: bool) -> None:
    """Is iKhokha there, and does it know us?"""
    one = checked("gateways.ikhokha_reachable", ikhokha_reachable)
    found: Finding = one.finding
    if as_json:
        print_json(one.as_json())
    else:
        say(f"{found.sentence} ({settings().ikhokha_base_url}, {one.ms:.0f} ms)")
        say(*([f"To mend it: {found.mend}"] if found.mend else []))
    end(well=found.verdict is Verdict.PASS)


def _buy(trial: Trial, customer: Customer, course: str | None, bought: list[Checkout]) -> None:
    slug = course or trial.demand("the shop shows a course", customer.first_course)
    checkout = trial.demand("an order is stored and the gateway gives its page", lambda: customer.enrol(slug))
    bought.append(checkout)
    trial.demand("the gateway's page answers", lambda: customer.see_pay_page(checkout))
    watching = trial.demand("a live stream opens", lambda: customer.watch(checkout))
    trial.demand("the card is paid at the gateway", lambda: customer.pay(checkout))
    trial.demand("the webhook opens the course, and the screen is told", watching.wait_until_open)
    trial.demand("the order says paid and open", lambda: _expect_open(customer, checkout))
    trial.demand("the first lesson opens", lambda: customer.read_lesson(slug))
    trial.demand("the receipt is listed", lambda: _look(customer, "/my/receipts/", checkout.reference))


def _look(customer: Customer, path: str, words: str = "") -> None:
    customer.get(path, expect=words)


def _expect_open(customer: Customer, checkout: Checkout) -> None:
    state = customer.standing(checkout)
    if (state["payment"], state["access"]) != ("paid", "open"):
        raise Failed(f"The order says payment {state['payment']}, access {state['access']}.")


def _open_and_turn_back(customer: Customer, course: str | None) -> str:
    checkout = customer.enrol(course or customer.first_course())
    customer.cancel(checkout)
    state = customer.standing(checkout)["payment"]
    if state != "cancelled":
        raise Failed(f"Order {checkout.reference} was cancelled and says {state}.")
    return f"order {checkout.reference}, cancelled"


def _database(trial: Trial) -> None:
    def ask() -> str:
        with raw_cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_user, current_database()")
            version, role, database = cursor.fetchone() or ("", "", "")
        return f"PostgreSQL {version}, database {database}, as {role}"

    try:
        trial.demand("the database answers", ask)
    except Exception as error:
        if gone := away(error):
            raise gone from error
        raise


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{migration.app_label} {migration.name}" for migration, _ in missing[:5])
        raise Failed(f"{len(missing)} are missing ({names}); restart `tollkeeper serve`, which applies them.")
    return ""


def _walls() -> str:
    with raw_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", (TILL,))
        if cursor.fetchone() == (0,):
            raise Failed("The role does not exist: the money is guarded by code alone. `serve` says what to run.")
        cursor.execute(
            "SELECT pg_has_role(session_user, %s, 'MEMBER'), has_table_privilege('ledger_payment', 'UPDATE')", (TILL,)
        )
        takes, writes = cursor.fetchone() or (False, True)
    if not takes:
        raise Failed("The serving role may not take it, so no payment can be settled.")
    if writes:
        raise Failed("The serving role may write payments directly; run `tollkeeper serve` as the owner once.")
    return ""


def _address() -> str:
    found = ready.running()
    return found.address if found else settings().address
