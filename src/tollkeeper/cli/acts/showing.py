"""The demo: a purchase over real HTTP, and where each millisecond of it went."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tollkeeper.cli import ready
from tollkeeper.cli.acts.purchase import Checkout, Customer
from tollkeeper.cli.output import console, print_json, print_table, say
from tollkeeper.core import clock
from tollkeeper.core.errors import Fault
from tollkeeper.proofs.customer import Failed
from tollkeeper.proofs.instance import environment_for, started
from tollkeeper.reporting.stages import ORDERED, PAGE, RECEIVED, Stage, chain
from tollkeeper.server.environment import Instance

CHECKOUT = "checkout: the button pressed"
AT_GATEWAY = "checkout answered: the browser goes to the gateway"
PRESSED = "card paid at the gateway"
SEEN = "the customer's screen knows"


class DemoFailed(Fault):
    """The purchase did not work."""

    code = "demo_failed"
    remedy = "`tollkeeper test payment-flow` shows each stage; the instance's own output shows why."


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase, with the customer's own times beside the books'."""

    checkout: Checkout
    payment_id: str
    stages: list[Stage]

    def between(self, first: str, last: str) -> float | None:
        """Milliseconds between two stages; None where one is not known."""
        at = {stage.name: stage.at for stage in self.stages}
        if first not in at or last not in at:
            return None
        return round((at[last] - at[first]).total_seconds() * 1000, 1)


def demo(*, course: str | None, as_json: bool) -> None:
    """Buy, and tell.

    Raises:
        DemoFailed: with what the shop did instead.
    """
    with ExitStack() as stack:
        found = ready.running()
        temporary = found is None or found.sandbox_address is None
        if found is None or found.sandbox_address is None:
            if not as_json:
                say(
                    "The instance that runs here takes real money, so this is bought in a fresh one."
                    if found
                    else "No instance runs here, so this is bought in a fresh one, gone afterwards."
                )
            found = stack.enter_context(_fresh_instance(quiet=as_json))
        elif not as_json:
            say(f"Buying in the instance that runs here: {found.address}")
        bought = _bought(found, course, quiet=as_json)
        if as_json:
            print_json(_as_json(bought, found, temporary=temporary))
        else:
            _tell(bought)
            if not temporary:
                say(f"More: tollkeeper payment why {bought.checkout.reference}")


def _bought(found: Instance, course: str | None, *, quiet: bool) -> Bought:
    try:
        with Customer(found.local_address) as customer:
            return _buy(customer, course, quiet=quiet)
    except (Failed, httpx.HTTPError) as error:
        raise DemoFailed(f"The purchase did not work: {error}") from error


def _buy(customer: Customer, course: str | None, *, quiet: bool) -> Bought:
    with _doing("Choosing a course", quiet=quiet):
        slug = course or customer.first_course()
        customer.get(f"/courses/{slug}/")
    times: list[tuple[str, datetime]] = []
    with _doing(f"Ordering {slug}", quiet=quiet):
        checkout = customer.enrol(slug, moment=lambda name: times.append((_MOMENT[name], clock.now())))
    with _doing("Opening the live stream that a browser tab would hold", quiet=quiet):
        customer.see_pay_page(checkout)
        watching = customer.watch(checkout)
    with _doing("Paying with a test card", quiet=quiet):
        times.append((PRESSED, clock.now()))
        customer.pay(checkout)
        times.append((SEEN, watching.wait_until_open()))
    with _doing("Opening the first lesson", quiet=quiet):
        customer.read_lesson(slug)
    with _doing("Reading the payment's times", quiet=quiet):
        noted = ready.acts("books").moments_of(watching.payment_id)
    return Bought(checkout, str(watching.payment_id), chain([*times, *noted], since=PRESSED))


_MOMENT = {"sending": CHECKOUT, "answered": AT_GATEWAY}


@contextmanager
def _fresh_instance(*, quiet: bool) -> Iterator[Instance]:
    """An instance on a folder that goes with it. From here on, this process acts on that one."""
    folder = Path(tempfile.mkdtemp(prefix="tollkeeper-demo-"))
    folder.chmod(0o755)  # the account that runs the database must be able to pass
    env = environment_for(folder)
    for name in [name for name in os.environ if name.startswith(("TOLLKEEPER_", "DATABASE_URL"))]:
        del os.environ[name]
    os.environ.update(env)
    ready.settings_module().settings.cache_clear()
    # Whoever ends the demo politely finds nothing left of it either.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            with _doing("Starting a fresh instance (database, shop, sandbox gateway)", quiet=quiet):
                _process, found = stack.enter_context(started(folder, env, pause=_pause))
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_interrupted = threading.Event()


def _interrupt(_number: int, _frame: object) -> None:
    """Note it: what is raised while Python forks is swallowed, so who waits looks at the note. The second raises."""
    if _interrupted.is_set():
        raise KeyboardInterrupt
    _interrupted.set()


def _pause(seconds: float) -> None:
    if _interrupted.wait(seconds):
        raise KeyboardInterrupt


@contextmanager
def _doing(what: str, *, quiet: bool) -> Iterator[None]:
    began = clock.monotonic()
    with nullcontext() if quiet else console.status(what):
        yield
    if _interrupted.is_set():
        raise KeyboardInterrupt
    if not quiet:
        say(f"  {what}: {(clock.monotonic() - began) * 1000:.0f} ms")


def _tell(bought: Bought) -> None:
    say("")
    rows = [(stage.name, f"{stage.ms:.1f}", _or_nothing(stage.since_webhook_ms)) for stage in bought.stages]
    print_table(("Stage", "ms after the one before", "ms after paying"), rows)
    say(
        "",
        f"Checkout {_or_nothing(bought.between(CHECKOUT, AT_GATEWAY))} ms, of which the gateway took"
        f" {_or_nothing(bought.between(ORDERED, PAGE))} ms.",
        f"From the webhook's arrival to the answer {_or_nothing(bought.between(RECEIVED, 'answered'))} ms,"
        f" to the customer's screen {_or_nothing(bought.between(RECEIVED, SEEN))} ms.",
        f"From paying to the open course {_or_nothing(bought.between(PRESSED, SEEN))} ms.",
    )


def _as_json(bought: Bought, found: Instance, *, temporary: bool) -> dict[str, Any]:
    return {
        "instance": "temporary" if temporary else "running",
        "address": found.address,
        "course": bought.checkout.course,
        "reference": bought.checkout.reference,
        "payment_id": bought.payment_id,
        "stages": [
            {"stage": one.name, "at": one.at, "ms": one.ms, "since_paying_ms": one.since_webhook_ms}
            for one in bought.stages
        ],
        "checkout_ms": bought.between(CHECKOUT, AT_GATEWAY),
        "gateway_ms": bought.between(ORDERED, PAGE),
        "webhook_to_answer_ms": bought.between(RECEIVED, "answered"),
        "webhook_to_screen_ms": bought.between(RECEIVED, SEEN),
        "paying_to_open_ms": bought.between(PRESSED, SEEN),
    }


def _or_nothing(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
