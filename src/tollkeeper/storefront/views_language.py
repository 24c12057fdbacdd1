"""The language switch under every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from tollkeeper.accounts.services import choose_language
from tollkeeper.storefront.visitor import Visitor


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponseBase:
    """The pages of this browser in another language; a signed-in person's mails too."""
    person_id = Visitor.of(request).person_id
    if person_id is not None:
        choose_language(person_id, language=request.POST.get("language", ""))
    return set_language(request)
