"""Two kinds of failure: a refusal is an answer, a fault is ours.

A class's docstring is the sentence a person reads when no better one is given.
"""

from __future__ import annotations

from typing import ClassVar


class TollkeeperError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    remedy: ClassVar[str] = "Look at the log of this process; it names the request."

    def __init__(self, sentence: str | None = None, *, remedy: str | None = None) -> None:
        """Args:
        sentence: what was wrong, for a person; the class's docstring when left out.
        remedy: what to do about it; the class's own when left out.
        """
        self.sentence = sentence or (type(self).__doc__ or "").strip().splitlines()[0]
        self.mend = remedy or self.remedy
        super().__init__(self.sentence)


class Refusal(TollkeeperError):
    """That cannot be done."""

    code = "refused"
    remedy = "Change the request as the sentence says and send it again."
    http_status: ClassVar[int] = 409


class Fault(TollkeeperError):
    """Tollkeeper failed to do its part."""

    code = "fault"
    http_status: ClassVar[int] = 500


class Misconfigured(Refusal):
    """A setting is missing or wrong."""

    code = "misconfigured"
    remedy = "Mend the setting that the sentence names, then start again."
