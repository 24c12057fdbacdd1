"""In which browsers a person is signed in, and ending that from another one."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from tollkeeper.accounts import mails
from tollkeeper.accounts.models import Person, SignIn
from tollkeeper.core import audit, clock
from tollkeeper.core.orm import raw_cursor
from tollkeeper.messaging.outbox import enqueue

_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> str:
    """A browser in a few words, `Chrome, Android`: enough to know one's own, too little to follow anybody.

    Args:
        user_agent: as the browser sent it; any text.

    Returns:
        Names of ours alone; "" where nothing is known.
    """
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}/", user_agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)


def note_sign_in(request: HttpRequest, user: Person, **_more: Any) -> None:
    """Remember that this browser is the person's now (receiver of `user_logged_in`; also after a new session key)."""
    session = request.session
    if session.session_key is None or not Session.objects.filter(pk=session.session_key).exists():
        session.save()
    device = device_of(request.META.get("HTTP_USER_AGENT", ""))
    SignIn.objects.update_or_create(session_id=session.session_key, defaults={"person": user, "device": device})


def belongs_to_staff(session_key: str) -> bool:
    """Whether a browser's session is that of somebody on the staff, before any page looks at the request."""
    alive = SignIn.objects.filter(session_id=session_key, session__expire_date__gt=clock.now())
    return alive.filter(person__is_staff=True, person__is_active=True).exists()


def sign_ins_of(person: Person) -> list[SignIn]:
    """The browsers in which the person is signed in, the newest first."""
    alive = SignIn.objects.filter(person=person, session__expire_date__gt=clock.now())
    return list(alive.order_by("-at"))


def end_sign_in(person: Person, sign_in_id: UUID) -> None:
    """Sign the person out in one browser; what has ended already, and what is somebody else's, is left alone."""
    with transaction.atomic():
        _end(person, Session.objects.filter(signin_of__person=person, signin_of__id=sign_in_id), by=person.email)


def end_others(person: Person, *, keep: str | None) -> int:
    """Sign the person out everywhere but here.

    Args:
        keep: the session key of the browser that asks; it is not stored or shown anywhere.

    Returns:
        In how many browsers that was.
    """
    with transaction.atomic():
        return _end(person, Session.objects.filter(signin_of__person=person).exclude(pk=keep), by=person.email)


def end_for_another(person: Person, sign_in_id: UUID | None, *, by: Person, keep: str | None) -> int:
    """Sign a person out as a member of staff, who was asked to or has reason to; a mail tells the person.

    Args:
        sign_in_id: in which browser, one of that person's; None for every one.
        by: who does it. About one's own browsers no mail is written.
        keep: the session key of the browser that asks, which is never ended from itself.

    Returns:
        In how many browsers that was; 0 where it had ended already.
    """
    asked = Session.objects.filter(signin_of__person=person).exclude(pk=keep)
    with transaction.atomic():
        ended = _end(person, asked if sign_in_id is None else asked.filter(signin_of__id=sign_in_id), by=by.email)
        if ended and person.pk != by.pk:
            with raw_cursor() as cursor:
                enqueue(cursor, [mails.signed_out(email=person.email, devices=ended, language=person.language)])
    return ended


def _end(person: Person, ended: Any, *, by: str) -> int:
    """End the sessions and write it down, in the caller's transaction."""
    _count, by_model = ended.delete()
    sessions = int(by_model.get("sessions.Session", 0))
    if sessions:
        with raw_cursor() as cursor:
            audit.record(cursor, act="session.end", thing=person.email, by=by, data={"sessions": sessions})
    return sessions
