"""Gives courses, and sends access mails again."""

from __future__ import annotations

from django.conf import settings as django_settings

from tollkeeper.catalog.queries import course_for
from tollkeeper.cli.output import BadArguments, print_json, say
from tollkeeper.fulfilment.enrolments.giving import give_course, resend_access


def give(email: str, course: str, *, language: str, by: str, reason: str, as_json: bool) -> None:
    """Open a course for somebody.

    Raises:
        BadArguments: the pages do not speak that language.
        BadEmail, NoSuchCourse, AlreadyOpen, ReasonNeeded, NotNow.
    """
    spoken = [code for code, _name in django_settings.LANGUAGES]
    if language not in spoken:
        raise BadArguments(f"There is no language {language!r}.", remedy=f"The languages are {', '.join(spoken)}.")
    wanted = course_for(course)
    given = give_course(email=email, course=wanted, language=language, by=by, reason=reason)
    if as_json:
        print_json({"email": given.email, "course": wanted.slug, "reference": given.reference, "by": by})
        return
    say(f"{wanted.title} is open for {given.email} (reference {given.reference}). A mail tells them.")


def resend(whom: str, *, by: str, as_json: bool) -> None:
    """Send the access mail again.

    Raises:
        BadEmail, BadReference, NoSuchOrder, NothingOpen, TooManyTries.
    """
    email = resend_access(whom, by=by)
    if as_json:
        print_json({"email": email, "by": by})
        return
    say(f"A mail with the way to every open course goes to {email}.")
