"""What the counter refuses."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class AlreadyYours(Refusal):
    """This course is yours already."""

    code = "already_yours"
    remedy = "Open it from My courses."
