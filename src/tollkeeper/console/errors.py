"""What the console refuses."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class TooMuchToLookAt(Refusal):
    """That question took longer than a page may."""

    code = "too_much_to_look_at"
    remedy = "Narrow it: a date, a reference or an e-mail address finds at once."
    http_status = 503


class NoSuchRecord(Refusal):
    """There is no such record, or it is no longer kept."""

    code = "no_such_record"
    http_status = 404


class NotReplayable(Refusal):
    """This webhook cannot be brought again."""

    code = "not_replayable"
    remedy = "Ask the gateway about the payment instead."


class NotYourself(Refusal):
    """Nobody takes away their own way in."""

    code = "not_yourself"
    remedy = "Ask a colleague to do it."
