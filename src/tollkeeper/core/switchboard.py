"""What may be done now. This is the read side; the write side is `operations`.

A mode is a value in one of four dimensions. Code never asks for a mode: it asks whether a capability is allowed, and
one pure table answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tollkeeper.core.database import Cursor, statements
from tollkeeper.core.errors import Refusal

SQL = statements("tollkeeper.core")
CHECKOUT_FENCE = 7_001_001
"""Advisory lock: a checkout takes it shared, the switch takes it alone, so that after "stopped" returns no checkout
of the old mode can still commit (DESIGN 5)."""


class Capability(StrEnum):
    """What code may ask for."""

    PUBLIC_READ = "public_read"
    NEW_CHECKOUT = "new_checkout"
    SETTLE_PAYMENT = "settle_payment"
    GRANT_ACCESS = "grant_access"
    CUSTOMER_SIGN_IN = "customer_sign_in"
    STAFF_ACT = "staff_act"
    OUTBOUND_NOTIFY = "outbound_notify"


@dataclass(frozen=True, slots=True)
class Modes:
    """The switchboard's state.

    Args:
        site: `normal` or `maintenance`.
        payments: `open` or `stopped`.
        access: `normal` or `lockdown`.
        write: `normal` or `recover`.
        version: grows with every switch.
    """

    site: str = "normal"
    payments: str = "open"
    access: str = "normal"
    write: str = "normal"
    version: int = 0


REFUSES: Mapping[Capability, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        Capability.PUBLIC_READ: {},
        Capability.NEW_CHECKOUT: {
            "site": frozenset({"maintenance"}),
            "payments": frozenset({"stopped"}),
            "access": frozenset({"lockdown"}),
            "write": frozenset({"recover"}),
        },
        Capability.SETTLE_PAYMENT: {"write": frozenset({"recover"})},
        Capability.GRANT_ACCESS: {"write": frozenset({"recover"})},
        Capability.CUSTOMER_SIGN_IN: {"access": frozenset({"lockdown"}), "write": frozenset({"recover"})},
        Capability.STAFF_ACT: {"access": frozenset({"lockdown"}), "write": frozenset({"recover"})},
        Capability.OUTBOUND_NOTIFY: {"write": frozenset({"recover"})},
    }
)
"""Capability → dimension → the values that refuse it. What is not listed is allowed."""


class NotNow(Refusal):
    """That is switched off at the moment."""

    code = "not_now"
    remedy = "Try again later; staff see the reason on the switchboard."
    http_status = 503


def allowed(capability: Capability, modes: Modes) -> bool:
    """Whether the modes allow a capability."""
    return not any(getattr(modes, dimension) in values for dimension, values in REFUSES[capability].items())


def read_modes(cursor: Cursor) -> Modes:
    """The modes as committed."""
    cursor.execute(SQL["read_modes"])
    row = cursor.fetchone()
    return Modes(*row) if row else Modes()


def demand(cursor: Cursor, capability: Capability) -> None:
    """Refuse what the modes, as committed, refuse.

    Raises:
        NotNow: the capability is switched off.
    """
    demand_of(read_modes(cursor), capability)


def demand_of(modes: Modes, capability: Capability) -> None:
    """Refuse what these modes refuse.

    Raises:
        NotNow: the capability is switched off.
    """
    if not allowed(capability, modes):
        raise NotNow


def fence_checkout(cursor: Cursor) -> None:
    """Let this transaction make a checkout, or refuse it, exactly.

    The modes are read in the statement after the lock, so that its snapshot is newer than the switch it waited for.

    Raises:
        NotNow: checkouts are switched off.
    """
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHECKOUT_FENCE,))
    demand(cursor, Capability.NEW_CHECKOUT)
