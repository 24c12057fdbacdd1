"""Feature flags: a switch an operator may turn without a deploy. Read in the transaction that acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tollkeeper.core import audit
from tollkeeper.core.database import Cursor, statements
from tollkeeper.core.errors import Refusal

SQL = statements("tollkeeper.core")
FAST_TRACK = "fast_track"
STRICT = "strict"

DEFAULTS: Mapping[str, bool] = MappingProxyType({FAST_TRACK: True, STRICT: False})
"""Every flag there is, with the value of an instance that never touched it."""

MEANING: Mapping[str, str] = MappingProxyType(
    {
        FAST_TRACK: "A proven card payment opens access at once; off, it waits for approval by staff.",
        STRICT: "No callback opens anything without the gateway's own answer. Set by settle when a gateway contradicts "
        "its callback; turn it off when the gateway has explained itself.",
    }
)


class UnknownFlag(Refusal):
    """There is no such flag."""

    code = "unknown_flag"
    http_status = 404


def read_flags(cursor: Cursor) -> dict[str, bool]:
    """Every flag as committed."""
    cursor.execute(SQL["read_flags"])
    return with_defaults(dict(cursor.fetchall()))


def with_defaults(turned: Mapping[str, bool]) -> dict[str, bool]:
    """Every flag there is, given those that somebody has turned."""
    return {name: turned.get(name, default) for name, default in DEFAULTS.items()}


def set_flag(cursor: Cursor, name: str, *, enabled: bool, by: str, reason: str) -> None:
    """Turn a flag, and say so in the audit log, in the caller's transaction.

    Raises:
        UnknownFlag: with the flags there are.
    """
    if name not in DEFAULTS:
        raise UnknownFlag(f"There is no flag named {name!r}; there is {', '.join(DEFAULTS)}.")
    cursor.execute(SQL["write_flag"], {"name": name, "enabled": enabled})
    audit.record(cursor, act="flag.set", thing=name, by=by, data={"enabled": enabled, "reason": reason})
