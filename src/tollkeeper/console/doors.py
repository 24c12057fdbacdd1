"""The console's door: staff come in, for everybody else there is nothing here.

Whatever only looks runs in a transaction that the database itself keeps from writing, and for a bounded time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from psycopg.errors import QueryCanceled

from tollkeeper.accounts.models import Person
from tollkeeper.console import words
from tollkeeper.console.errors import TooMuchToLookAt
from tollkeeper.core.errors import Refusal

LOOK_MS = 4_000
"""How long a statement of a page may take; the office gets a sentence, and the database its time back."""

View = Callable[..., HttpResponseBase]


def is_staff(request: HttpRequest) -> bool:
    """Whether the request is a member of staff's, who has not been sent away."""
    person = request.user
    return isinstance(person, Person) and person.is_staff and person.is_active


def staff_of(request: HttpRequest) -> Person:
    """The member of staff who asks.

    Raises:
        Http404: it is somebody else; nothing tells them that there is a console.
    """
    if isinstance(request.user, Person) and is_staff(request):
        return request.user
    raise Http404


def staff_page(view: View) -> View:
    """Let staff in; let a request that only looks do nothing else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **keywords: Any) -> HttpResponseBase:
        staff_of(request)
        if request.method not in {"GET", "HEAD"}:
            return view(request, *args, **keywords)
        return looking(view, request, *args, **keywords)

    return guarded


def looking(view: View, request: HttpRequest, *args: Any, **keywords: Any) -> HttpResponseBase:
    """A page in a read-only transaction; one that is rendered late is rendered inside.

    Raises:
        TooMuchToLookAt: a statement took longer than `LOOK_MS`.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {LOOK_MS}")
                cursor.execute("SET LOCAL transaction_read_only = on")
            response = view(request, *args, **keywords)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response
    except QueryCanceled as cancelled:
        raise TooMuchToLookAt from cancelled
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooMuchToLookAt from error
        raise


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Tell staff why something was not done, at the top of the next page."""
    messages.error(request, words.why_not(refusal))


def done(request: HttpRequest, sentence: str) -> None:
    """Tell staff what was done, at the top of the next page."""
    messages.success(request, sentence)
