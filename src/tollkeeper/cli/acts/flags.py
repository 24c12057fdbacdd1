"""Shows and turns flags."""

from __future__ import annotations

from tollkeeper.cli.output import BadArguments, print_json, print_table, say
from tollkeeper.core.flags import DEFAULTS, MEANING, read_flags, set_flag
from tollkeeper.core.orm import raw_cursor
from tollkeeper.payments.ledger.errors import ReasonNeeded


def show(*, as_json: bool) -> None:
    """Every flag."""
    with raw_cursor() as cursor:
        flags = read_flags(cursor)
    if as_json:
        print_json([{"name": name, "on": on, "meaning": MEANING[name]} for name, on in flags.items()])
        return
    print_table(("Flag", "Now", "Meaning"), [(n, "on" if on else "off", MEANING[n]) for n, on in flags.items()])


def turn(name: str, value: str, *, by: str, reason: str, as_json: bool) -> None:
    """Turn one.

    Raises:
        BadArguments: the value is neither on nor off.
        ReasonNeeded, UnknownFlag.
    """
    if value not in {"on", "off"}:
        raise BadArguments(f"A flag is on or off, not {value!r}.", remedy="Say `on` or `off`.")
    if not reason.strip():
        raise ReasonNeeded
    with raw_cursor() as cursor:
        before = read_flags(cursor).get(name, DEFAULTS.get(name))
        set_flag(cursor, name, enabled=value == "on", by=by, reason=reason.strip())
    if as_json:
        print_json({"name": name, "on": value == "on", "was_on": before, "by": by, "reason": reason.strip()})
    else:
        say(f"{name} is {value} (it was {'on' if before else 'off'}). The audit log says {by}: {reason.strip()}")
