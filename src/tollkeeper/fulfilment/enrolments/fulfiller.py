"""Hands over courses, inside settle's transaction. No framework here: the ORM would be another transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tollkeeper.core.database import Cursor, as_json, statements
from tollkeeper.core.registry import Claim

SQL = statements("tollkeeper.fulfilment.enrolments")
KIND = "course"


class Enrolments:
    """The fulfiller of items `course:<id>`."""

    def fulfil(self, cursor: Cursor, claims: Sequence[Claim]) -> frozenset[UUID]:
        """See `core.registry.Fulfiller`."""
        cursor.execute(SQL["upsert_grants"], {"claims": as_json(claims)})
        (elsewhere,) = cursor.fetchone() or ("[]",)
        return frozenset(msgspec.json.decode(elsewhere, type=list[UUID]))
