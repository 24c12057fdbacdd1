"""Why somebody cannot sign in. The sentences reach customers, so whoever raises these gives a translated one."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class BadEmail(Refusal):
    """This does not look like an e-mail address."""

    code = "bad_email"
    remedy = "Type it as name@example.com."
    http_status = 422


class TooManyTries(Refusal):
    """There were too many tries in a short time."""

    code = "too_many_tries"
    remedy = "Wait as long as the sentence says, then try again."
    http_status = 429

    def __init__(self, sentence: str | None = None, *, remedy: str | None = None, wait_seconds: int = 60) -> None:
        """Args:
        sentence, remedy: as everywhere.
        wait_seconds: after how long the next try is allowed.
        """
        super().__init__(sentence, remedy=remedy)
        self.wait_seconds = wait_seconds


class WrongPassword(Refusal):
    """That e-mail address and that password do not belong together."""

    code = "wrong_password"
    remedy = "Try again, or ask for a sign-in link by e-mail."
    http_status = 422


class DeadLink(Refusal):
    """This sign-in link was used already, or is too old."""

    code = "dead_link"
    remedy = "Ask for a new link."
    http_status = 410


class EmailTaken(Refusal):
    """Somebody has this e-mail address already."""

    code = "email_taken"
    remedy = "Use another address, or change the person who has this one."
