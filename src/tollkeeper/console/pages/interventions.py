"""Interventions: what waits for a person, by when, and the act that settles it as a button."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.console import services, words
from tollkeeper.console.doors import done, staff_of, staff_page, tell
from tollkeeper.console.forms import ReasonForm
from tollkeeper.console.pages.approvals import seen_in, tell_outcomes
from tollkeeper.console.pages.payments import ask_and_tell, replay_and_tell
from tollkeeper.console.queries import Row, open_interventions, record
from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.journal import SUGGESTIONS
from tollkeeper.payments.ledger.queries import deliveries_of
from tollkeeper.payments.ledger.services import close_intervention, take_intervention
from tollkeeper.payments.ledger.state import Trouble
from tollkeeper.payments.transfers.queries import proofs_of
from tollkeeper.storefront.answers import SeeOther

SUGGESTED = {
    Trouble.WRONG_AMOUNT: ("approve", "reject", "ask"),
    Trouble.CONTRADICTED: ("ask", "approve", "reject"),
    Trouble.UNCONFIRMED: ("ask", "approve", "reject"),
    Trouble.UNSETTLED: ("replay", "ask"),
    Trouble.PAID_TWICE: ("back",),
    Trouble.REFUND_OWED: ("back",),
    Trouble.UNKNOWN_REFERENCE: (),
    Trouble.ACCESS_UNPAID: ("ask",),
    Trouble.REFUND_TO_SEND: ("back",),
    Trouble.REFUND_FAILED: ("back",),
    Trouble.REFUNDED_TOO_MUCH: ("back",),
    Trouble.DISPUTED: ("back",),
}
"""Trouble → the acts that may settle it, the likeliest first. Closing it with what was done is always there."""


@require_safe
@staff_page
def interventions(request: HttpRequest) -> HttpResponse:
    """What is open, the nearest deadline first."""
    return render(request, "console/interventions.html", {"items": open_interventions(), "here": "interventions"})


@require_safe
@staff_page
def intervention(request: HttpRequest, intervention_id: UUID) -> HttpResponse:
    """One, with what to do."""
    return _page(request, record("one_intervention", intervention_id))


@require_POST
@staff_page
def act(request: HttpRequest, intervention_id: UUID) -> HttpResponseBase:
    """Take it, do what it asks for, or close it with what was done."""
    one = record("one_intervention", intervention_id)
    name = request.POST.get("act", "")
    todo = _ACTS.get(name)
    if todo is None or (name in {"approve", "reject", "ask", "replay"} and one["payment_id"] is None):
        return _page(request, one, status=422)
    if name in {"approve", "reject", "close"}:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, one, form, status=422)
        reason = form.cleaned_data["reason"]
    else:
        reason = ""
    try:
        todo(request, one, reason)
    except Refusal as refusal:
        tell(request, refusal)
    return SeeOther(reverse("console:intervention", args=(intervention_id,)))


def _page(request: HttpRequest, one: Row, form: ReasonForm | None = None, *, status: int = 200) -> HttpResponse:
    deliveries = deliveries_of(one["payment_id"]) if one["payment_id"] else []
    acts = SUGGESTED.get(one["trouble"], ()) if one["payment_id"] else ()
    context = {
        "one": one,
        "closing": words.closing(one["act"]),
        "suggestion": SUGGESTIONS.get(one["trouble"], one["suggestion"]),
        "acts": [name for name in acts if name != "replay" or deliveries],
        "deliveries": deliveries,
        "seen": max((proof.number for proof in proofs_of(one["payment_id"])), default=0) if one["payment_id"] else 0,
        "form": form,
        "here": "interventions",
    }
    return render(request, "console/intervention.html", context, status=status)


def _take(request: HttpRequest, one: Row, reason: str) -> None:
    take_intervention(one["id"], by=staff_of(request).email)
    done(request, _("It is yours."))


def _close(request: HttpRequest, one: Row, reason: str) -> None:
    close_intervention(one["id"], by=staff_of(request).email, act=reason)
    done(request, _("Closed. What you did is kept."))


def _approve(request: HttpRequest, one: Row, reason: str) -> None:
    _decide(request, one["payment_id"], reason, opens=True)


def _reject(request: HttpRequest, one: Row, reason: str) -> None:
    _decide(request, one["payment_id"], reason, opens=False)


def _decide(request: HttpRequest, payment_id: UUID, reason: str, *, opens: bool) -> None:
    by = staff_of(request).email
    answers = services.decide([payment_id], opens=opens, seen=seen_in(request), by=by, reason=reason)
    tell_outcomes(request, [payment_id], answers, opens=opens)


def _ask(request: HttpRequest, one: Row, reason: str) -> None:
    ask_and_tell(request, one["payment_id"])


def _replay(request: HttpRequest, one: Row, reason: str) -> None:
    for delivery in deliveries_of(one["payment_id"])[-1:]:
        replay_and_tell(request, delivery.id)


_ACTS: dict[str, Callable[[HttpRequest, Row, str], None]] = {
    "take": _take,
    "close": _close,
    "approve": _approve,
    "reject": _reject,
    "ask": _ask,
    "replay": _replay,
}
