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
        cursor.execute(SQL["upsert_grants"], {"claims": as_json([_row(claim) for claim in claims])})
        (elsewhere,) = cursor.fetchone() or ("[]",)
        return frozenset(msgspec.json.decode(elsewhere, type=list[UUID]))


def _row(claim: Claim) -> dict[str, object]:
    return {
        "line_id": claim.line_id,
        "payment_id": claim.payment_id,
        "person_id": claim.person_id,
        "course_id": claim.item.partition(":")[2],
        "access": claim.access,
        "route": claim.route,
    }
