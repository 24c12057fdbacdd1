"""The chaos proof's table: what the gateway does wrong, and what must come of it under each confirmation policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tollkeeper.core.settings import Policy

Faults = Mapping[str, Mapping[str, object]]
"""Fault of the sandbox → probability, limit, parameters; as its control API takes them."""


class End(StrEnum):
    """What must come of a cell. Nobody who did not pay ever has access."""

    ACCESS = "access"
    """Every payer has access, while the fault lasts."""
    AFTER = "access after"
    """No payer has access while the fault lasts; every payer has it once the gateway answers again."""
    ASKED = "a person is asked"
    """The gateway contradicts itself: no payer has access, and an intervention is open for each."""


@dataclass(frozen=True, slots=True)
class Row:
    """One misfortune.

    Args:
        name: for the table.
        faults: what the sandbox is told.
        ends: what must come of it, by policy.
        seconds: how long each end may take.
        lights_out: every customer closes the tab and no webhook or status read tells anything; the sweep of the
            gateway's history, done twice, is all there is.
    """

    name: str
    faults: Faults
    ends: Mapping[Policy, End] = field(default_factory=lambda: ALL_ACCESS)
    seconds: float = 20.0
    lights_out: bool = False


ALL_ACCESS: Mapping[Policy, End] = MappingProxyType(dict.fromkeys(Policy, End.ACCESS))
ALL_ASKED: Mapping[Policy, End] = MappingProxyType(dict.fromkeys(Policy, End.ASKED))
SILENT: Mapping[Policy, End] = MappingProxyType({**ALL_ACCESS, Policy.STRICT: End.AFTER})
"""The gateway does not answer about a payment: only `strict` waits until it does."""


def _always(name: str, *, limit: int | None = None, **parameters: int) -> Faults:
    setting: dict[str, object] = {"probability": 1.0, "parameters": parameters}
    return {name: setting | ({"limit": limit} if limit else {})}


def _callbacks() -> Iterator[Row]:
    yield Row("nothing is wrong", {})
    yield Row("every webhook is lost", _always("callback.drop"))
    yield Row("webhooks come late", _always("callback.delay", delay_ms=2_000))
    yield Row("webhooks come twice", _always("callback.double"))
    yield Row("webhooks overtake each other", _always("callback.reorder", hold_ms=1_500))
    yield Row("webhooks are forged", _always("callback.forge"))
    yield Row("webhooks are tampered with", _always("callback.tamper"))
    yield Row("webhooks are cut in half", _always("callback.truncate"))
    yield Row("webhooks have a fifth field", _always("callback.text"))
    yield Row("webhooks have a fifth field, unsigned", _always("callback.text_unsigned"))
    yield Row("FAILURE comes, then SUCCESS", _always("pay.failure_first"))
    yield Row("SUCCESS comes after the payer left", _always("pay.late", late_ms=1_500))


def _creations() -> Iterator[Row]:
    yield Row("no pay page: 500", _always("create.500", limit=3))
    yield Row("no pay page: 429", _always("create.429", limit=3))
    yield Row("no pay page: silence", _always("create.timeout", limit=2, hold_ms=20_000), seconds=40)
    yield Row("pay page is slow", _always("create.slow", slow_ms=1_500))
    yield Row("no pay page: HTML", _always("create.html", limit=3))
    yield Row("no pay page: half an answer", _always("create.garbage", limit=3))


def _readings() -> Iterator[Row]:
    yield Row("status: 500", _mute("status.500"), SILENT)
    yield Row("status: 429", _mute("status.429"), SILENT)
    yield Row("status: silence", _mute("status.timeout", hold_ms=10_000), SILENT)
    yield Row("status: slower than we wait", _mute("status.slow"), SILENT)
    yield Row("status: HTML", _mute("status.html"), SILENT)
    yield Row("status: half an answer", _mute("status.garbage"), SILENT)


def _mute(name: str, **parameters: int) -> Faults:
    """A fault of the status answer, with no history that could tell the truth meanwhile: the worker reads it too."""
    return {**_always(name, **parameters), **_always("history.500")}


def _mixed() -> Iterator[Row]:
    often = ("callback.drop", "callback.double", "callback.text")
    seldom = ("status.500", "status.html")
    faults: Faults = {
        **{name: {"probability": 0.3} for name in often},
        **{name: {"probability": 0.15} for name in seldom},
    }
    yield Row("a bad day: much of it, now and then", faults, seconds=110)  # three rungs of the ladder


def _contradictions() -> Iterator[Row]:
    yield Row("status names another amount", _mute("status.wrong_amount"), ALL_ASKED)
    yield Row("status says unpaid after SUCCESS", _mute("status.unpaid"), ALL_ASKED)


def _histories() -> Iterator[Row]:
    silence = {**_always("callback.drop"), **_always("status.500")}
    for how, parameters in (("500", {}), ("429", {}), ("timeout", {"hold_ms": 4_000}), ("slow", {})):
        fault = _always(f"history.{how}", limit=1, **parameters)
        yield Row(f"only the history knows, after: {how}", {**silence, **fault}, lights_out=True)
    for how in ("html", "garbage"):
        fault = _always(f"history.{how}", limit=1)
        yield Row(f"only the history knows, after: {how}", {**silence, **fault}, lights_out=True)


TABLE = (*_callbacks(), *_creations(), *_readings(), *_mixed(), *_contradictions(), *_histories())
"""In this order: a contradiction makes the shop strict for good, so it comes late; histories suit every policy."""
