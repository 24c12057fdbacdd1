"""Who did what. Lines are only ever added; a later room chains and seals them."""

from __future__ import annotations

from typing import Any

from tollkeeper.core.database import Cursor, as_json, statements

SQL = statements("tollkeeper.core")


def record(cursor: Cursor, *, act: str, thing: str, by: str, data: dict[str, Any] | None = None) -> None:
    """Write a line in the transaction of the act.

    Args:
        act: dotted: `flag.set`, `enrolment.approve`.
        thing: what it was done to: a name, a reference or an id.
        by: the person's e-mail address, or the command or mode that acted.
        data: what changed, JSON; no secrets.
    """
    cursor.execute(SQL["insert_audit"], {"act": act, "thing": thing, "by": by, "data": as_json(data or {})})
