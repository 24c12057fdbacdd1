"""The first page of the day: what waits, and what came in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.catalog.markdown import render as markdown
from tollkeeper.console.doors import staff_of, staff_page
from tollkeeper.console.queries import SHOWN_APPROVALS, first_id_at, rows
from tollkeeper.core import clock
from tollkeeper.core.settings import settings
from tollkeeper.core.tickets import issue
from tollkeeper.payments.ledger.queries import pending_payments
from tollkeeper.payments.ledger.state import PaymentState

LONGEST_TEXT = 400_000
SCREEN_DAYS = 7
"""So far back the screen update rate looks: at a small school, one day has too few payments to mean anything."""


@require_safe
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    """What waits, and today's payments."""
    (desk,) = rows("desk")
    here = clock.now().astimezone(ZoneInfo(settings().time_zone))
    midnight = datetime.combine(here.date(), time(), here.tzinfo)
    today = rows("today", {"oldest": first_id_at(midnight)})
    context = {
        "approvals": len(pending_payments(limit=SHOWN_APPROVALS + 1)),
        "most": SHOWN_APPROVALS,
        "desk": desk,
        "now": clock.now(),
        "today": today,
        "paid": [row for row in today if row["state"] == PaymentState.PAID],
        "since": here.date().isoformat(),
        "screens": _screens(midnight - timedelta(days=SCREEN_DAYS - 1)),
        "here": "home",
    }
    return render(request, "console/home.html", context)


def _screens(since: datetime) -> dict[str, object] | None:
    """The screen update rate: of browsers that listened when something opened, those that showed it (SPEC D3)."""
    (row,) = rows("screens", {"oldest": first_id_at(since)})
    if not row["told"]:
        return None
    return {"told": row["told"], "percent": 100 * row["shown"] / row["told"], "days": SCREEN_DAYS}


@never_cache
@require_POST
@staff_page
def ticket(request: HttpRequest) -> JsonResponse:
    """A fresh ticket for the queue's news."""
    return JsonResponse({"ticket": issue(person_id=staff_of(request).pk, staff=True)})


@require_POST
@staff_page
def preview(request: HttpRequest) -> HttpResponse:
    """Markdown as readers will see it. Nothing is saved."""
    text = request.POST.get("body") or request.POST.get("description") or ""
    context = {"title": request.POST.get("title", ""), "text": markdown(text[:LONGEST_TEXT]), "here": "courses"}
    return render(request, "console/preview.html", context)


@require_safe
def moved(request: HttpRequest) -> HttpResponse:
    """The queue's old address, in mails and bookmarks."""
    staff_of(request)
    return HttpResponsePermanentRedirect(reverse("console:approvals"))
