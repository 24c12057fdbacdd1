"""The pages for when something is wrong. They say what to do, and work while sessions and the database do not."""

from __future__ import annotations

import sys

import psycopg
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from tollkeeper.storefront.answers import NOT_FOUND

RETRY_SECONDS = 5
AWAY = (DatabaseError, InterfaceError, PoolTimeout, psycopg.Error)
"""What is raised while the database does not answer: by the ORM, by the pool, and by SQL of our own."""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    text = _("Your browser sent something that we do not understand. Go back, reload the page and try again.")
    return _bare(_("That request was not understood"), text, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _bare(_("You may not do that"), _("If you should be able to, sign in again and try once more."), status=403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose proof of origin is missing or old."""
    text = _(
        "The page you sent was too old, or your browser blocks cookies. Go back, reload the page and try again."
        " Nothing was changed."
    )
    return _bare(_("Please send that again"), text, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    context = {"title": NOT_FOUND.title, "text": NOT_FOUND.text, "offer_sign_in": True}
    return render(request, "storefront/error.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 while the database does not answer, so that clients and proxies try again."""
    if isinstance(sys.exc_info()[1], AWAY):
        return unavailable(request)
    text = _(
        "The mistake is ours and it has been written down. Nothing you paid is lost: a payment that arrives counts,"
        " and the course opens by itself. Please try again in a minute."
    )
    return _bare(_("Something went wrong"), text, status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503."""
    text = _(
        "We cannot reach our records for the moment. Nothing you paid is lost: a payment that arrives counts, and the"
        " course opens by itself. Please reload the page in a few seconds."
    )
    response = _bare(_("One moment, please"), text, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _bare(title: str, text: str, *, status: int) -> HttpResponse:
    """Without the request: no session, no person, no database."""
    return HttpResponse(render_to_string("storefront/error.html", {"title": title, "text": text}), status=status)
