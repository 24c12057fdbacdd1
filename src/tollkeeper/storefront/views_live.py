"""What the live connection needs of Django: a fresh ticket."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tollkeeper.storefront.context import Page
from tollkeeper.storefront.visitor import Visitor


@never_cache
@require_POST
def ticket(request: HttpRequest) -> JsonResponse:
    """A new ticket for whoever asks, for what they may see now."""
    page = Page(Visitor.of(request))
    return JsonResponse({"ticket": page.live_ticket, "scope": page.live_scope})
