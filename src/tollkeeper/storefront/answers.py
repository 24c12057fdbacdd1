"""Answers that are not pages: a redirect after a POST, and refusals turned into sentences for a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tollkeeper.accounts.errors import TooManyTries
from tollkeeper.core.errors import Refusal


class SeeOther(HttpResponseRedirectBase):
    """303: whatever the method was, look there with GET."""

    status_code = 303
    allowed_schemes = ["http", "https"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal as a customer reads it: what is wrong, what to do."""

    title: str | Promise
    text: str | Promise


NOT_FOUND = Trouble(
    _("There is nothing here"),
    _("The address may have a typing mistake, or it belongs to somebody else. If it is yours, sign in and try again."),
)
OTHER = Trouble(
    _("That did not work"),
    _("Nothing was changed. Please go back and try again; if it happens again, write to us."),
)

TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {
        "not_now": Trouble(
            _("We cannot take orders at the moment"),
            _("Nothing was charged. Please try again a little later; courses that are open stay open."),
        ),
        "gateway_silent": Trouble(
            _("The payment provider does not answer"),
            _("Your order is saved and nothing was charged. Please try again in a minute."),
        ),
        "gateway_refused": Trouble(
            _("The payment provider did not accept the order"),
            _("Nothing was charged. Please try again; if it happens again, write to us and give the reference."),
        ),
        "already_paid": Trouble(
            _("This order is paid already"), _("Nothing more is needed. The page below is up to date.")
        ),
        "not_a_transfer": Trouble(
            _("This order is not paid by bank transfer"), _("Choose to pay by bank transfer first, then send the file.")
        ),
        "payment_in_use": Trouble(
            _("Somebody is working on this order right now"),
            _("Nothing was changed. Please try again in a few seconds."),
        ),
        "already_yours": Trouble(_("This course is yours already"), _("Open it from My courses.")),
    }
)
"""By the refusal's code; the sentence for staff and logs stays in the refusal itself."""


def trouble(refusal: Refusal) -> Trouble:
    """What to tell a customer of a refusal."""
    if refusal.http_status == 404:
        return NOT_FOUND
    if isinstance(refusal, TooManyTries):
        return _too_many_orders(ceil(refusal.wait_seconds / 60))
    return TROUBLES.get(refusal.code, OTHER)


def _too_many_orders(minutes: int) -> Trouble:
    sentence = ngettext(
        "Too many orders came from your network, or for this e-mail address. Nothing was ordered and nothing was"
        " charged. Please try again in %(minutes)d minute. If you have bought here before, sign in and order at once.",
        "Too many orders came from your network, or for this e-mail address. Nothing was ordered and nothing was"
        " charged. Please try again in %(minutes)d minutes. If you have bought here before, sign in and order at once.",
        minutes,
    )
    return Trouble(_("Please wait a little"), sentence % {"minutes": minutes})


class RefusalsAsPages:
    """Middleware: a refusal that no view caught becomes a page with its status; pages of people are kept private."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a refusal; everything else goes on to the page for faults."""
        if not isinstance(exception, Refusal):
            return None
        said = trouble(exception)
        context = {"title": said.title, "text": said.text, "offer_sign_in": exception.http_status == 404}
        return render(request, "storefront/error.html", context, status=exception.http_status)
