"""What can go wrong on purpose: one table of faults, and the dice that decide when each strikes.

The dice have no memory but a count: whether a fault strikes follows from the seed, the fault's name, the thing it
strikes and how often that thing came by. So the same seed and the same requests give the same faults, however the
requests of different links interleave.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec

LONGEST_MS = 600_000
LARGEST = 1_000_000_000


class Where(StrEnum):
    """The moment a fault can strike."""

    CALLBACK = "callback"
    PAY = "pay"
    CREATE = "create"
    STATUS = "status"
    HISTORY = "history"


class How(StrEnum):
    """What is done to it."""

    DROP = "drop"
    DELAY = "delay"
    DOUBLE = "double"
    REORDER = "reorder"
    FORGE = "forge"
    TAMPER = "tamper"
    TRUNCATE = "truncate"
    TEXT = "text"
    TEXT_UNSIGNED = "text_unsigned"
    FAILURE_FIRST = "failure_first"
    LATE = "late"
    WRONG_AMOUNT = "wrong_amount"
    UNPAID = "unpaid"
    ERROR = "500"
    RATE_LIMIT = "429"
    TIMEOUT = "timeout"
    SLOW = "slow"
    HTML = "html"
    GARBAGE = "garbage"


@dataclass(frozen=True)
class Fault:
    """One row: what happens, in words, and its parameters with their defaults (`_ms` milliseconds)."""

    description: str
    parameters: Mapping[str, int] = field(default_factory=dict)


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "callback.drop": Fault("The callback is never sent."),
        "callback.delay": Fault("The callback leaves delay_ms later.", {"delay_ms": 2_000}),
        "callback.double": Fault("The callback is sent twice, gap_ms apart (0: at once).", {"gap_ms": 0}),
        "callback.reorder": Fault(
            "The callback is held until the next one, of any link, has been answered, at most hold_ms. "
            "Only one is held at a time.",
            {"hold_ms": 5_000},
        ),
        "callback.forge": Fault(
            "The callback carries a signature made with a wrong secret; the true one is never sent."
        ),
        "callback.tamper": Fault("The status in the body is turned round (SUCCESS, FAILURE) after signing."),
        "callback.truncate": Fault("Only the first half of the signed body is sent."),
        "callback.text": Fault('The body has a fifth field, "text", and the signature covers it.'),
        "callback.text_unsigned": Fault('The body has a fifth field, "text", and the signature leaves it out.'),
        "pay.failure_first": Fault(
            "The link is paid at once, but FAILURE is sent first and SUCCESS gap_ms after its answer.", {"gap_ms": 500}
        ),
        "pay.late": Fault(
            "The payer seems to walk away: the browser goes to the cancel page, the link is paid late_ms later "
            "and SUCCESS follows.",
            {"late_ms": 5_000},
        ),
        "create.500": Fault("No link is made; the answer is 500."),
        "create.429": Fault("No link is made; the answer is 429 with Retry-After.", {"retry_after_s": 1}),
        "create.timeout": Fault("The link is made; nothing is answered for hold_ms, then 504.", {"hold_ms": 60_000}),
        "create.slow": Fault("The link is made; the answer comes slow_ms later.", {"slow_ms": 3_000}),
        "create.html": Fault("The link is made; the answer is 200 with an HTML page."),
        "create.garbage": Fault("The link is made; the answer is 200 with half of its JSON."),
        "status.500": Fault("The answer is 500."),
        "status.429": Fault("The answer is 429 with Retry-After.", {"retry_after_s": 1}),
        "status.timeout": Fault("Nothing is answered for hold_ms, then 504.", {"hold_ms": 60_000}),
        "status.slow": Fault("The answer comes slow_ms later.", {"slow_ms": 3_000}),
        "status.html": Fault("The answer is 200 with an HTML page."),
        "status.garbage": Fault("The answer is 200 with half of its JSON."),
        "status.wrong_amount": Fault("The amount in the answer is cents more than the link's.", {"cents": 100}),
        "status.unpaid": Fault("A paid link is answered as PENDING although SUCCESS was sent."),
        "history.500": Fault("The answer is 500."),
        "history.429": Fault("The answer is 429 with Retry-After.", {"retry_after_s": 1}),
        "history.timeout": Fault("Nothing is answered for hold_ms, then 504.", {"hold_ms": 60_000}),
        "history.slow": Fault("The answer comes slow_ms later.", {"slow_ms": 3_000}),
        "history.html": Fault("The answer is 200 with an HTML page."),
        "history.garbage": Fault("The answer is 200 with half of its JSON."),
    }
)


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one fault strikes: probability 0 to 1, at most `limit` times, with these parameters."""

    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    limit: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)] | None = None
    parameters: dict[str, Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]] = {}


Settings = Mapping[str, Setting]
Struck = Mapping[How, Mapping[str, int]]


class WrongFault(ValueError):
    """A fault or parameter that the table does not have."""


def checked(settings: Settings) -> Settings:
    """Return the settings if the table knows every fault and parameter in them.

    Raises:
        WrongFault: a sentence that names the wrong one and the right ones.
    """
    for name, setting in settings.items():
        fault = FAULTS.get(name)
        if fault is None:
            raise WrongFault(f"There is no fault {name!r}. The faults are: {', '.join(FAULTS)}")
        for parameter, number in setting.parameters.items():
            if parameter not in fault.parameters:
                known = ", ".join(fault.parameters) or "none"
                raise WrongFault(f"Fault {name!r} has no parameter {parameter!r}; it has: {known}")
            if parameter.endswith("_ms") and not 0 <= number <= LONGEST_MS:
                raise WrongFault(f"{name} {parameter} must be between 0 and {LONGEST_MS} milliseconds")
    return dict(settings)


def fraction(*parts: object) -> float:
    """Return a number from 0 up to 1 that follows from the parts alone."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


class Chaos:
    """The faults that are switched on, and how often each has struck."""

    def __init__(self, seed: int, settings: Settings) -> None:
        """Args:
        seed: decides every roll of the dice.
        settings: faults to switch on, by name in the table.
        """
        self.struck: Counter[str] = Counter()
        self._turns: Counter[tuple[Where, str]] = Counter()
        self.reset(seed, settings)

    def reset(self, seed: int, settings: Settings) -> None:
        """Throw new dice and forget what struck."""
        self.seed = seed
        self._turns.clear()
        self.switch(settings)

    def switch(self, settings: Settings) -> None:
        """Replace all settings; the count limits begin anew.

        Raises:
            WrongFault: the table does not have it; nothing is changed.
        """
        self.settings = checked(settings)
        self.struck.clear()

    def strike(self, where: Where, key: str, *, spare: frozenset[How] = frozenset()) -> Struck:
        """Return the faults that strike now, with their parameters, and count them.

        Args:
            where: the moment.
            key: the thing struck, such as a paylink's id; each thing has its own sequence of rolls.
            spare: faults that cannot strike this time.
        """
        self._turns[where, key] += 1
        struck: dict[How, Mapping[str, int]] = {}
        for name, setting in self.settings.items():
            at, _, how = name.partition(".")
            if at != where or How(how) in spare or self.struck[name] == setting.limit:
                continue
            if fraction(self.seed, name, key, self._turns[where, key]) < setting.probability:
                self.struck[name] += 1
                struck[How(how)] = {**FAULTS[name].parameters, **setting.parameters}
        return struck
