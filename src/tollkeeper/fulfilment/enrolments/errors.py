"""What enrolments refuse."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class NotYourCourse(Refusal):
    """This course is not open for you."""

    code = "not_your_course"
    remedy = "Sign in, or enrol first."
    http_status = 404


class AlreadyOpen(Refusal):
    """This person has the course open already."""

    code = "already_open"
    remedy = "Nothing need be given. `tollkeeper enrolment resend` sends them the way in once more."


class NothingOpen(Refusal):
    """Nothing is open that a mail could lead to."""

    code = "nothing_open"
    remedy = "`tollkeeper payment why` says what became of the order or of this address."
