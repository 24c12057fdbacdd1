"""Payments: the list, one with all that is known of it, and what can be done about it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.console import services, words
from tollkeeper.console.back import money_back
from tollkeeper.console.doors import done, staff_of, staff_page, tell
from tollkeeper.console.forms import ReasonForm
from tollkeeper.console.pages.approvals import seen_in, tell_outcomes
from tollkeeper.console.queries import rows
from tollkeeper.console.timeline import Records, timeline, took
from tollkeeper.core.errors import Refusal
from tollkeeper.core.money import Money
from tollkeeper.core.settings import settings
from tollkeeper.payments.ledger.queries import deliveries_of, evidence_of, find_payment, screens_of, stages_of
from tollkeeper.payments.ledger.reducer import waits
from tollkeeper.payments.ledger.services.deciding import UNPAID, UNPROVEN
from tollkeeper.payments.ledger.state import BY_HAND, Access, Payment
from tollkeeper.payments.transfers.queries import proofs_of
from tollkeeper.reporting.story import story_of
from tollkeeper.storefront.answers import SeeOther


@require_safe
@staff_page
def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """All that is known of a payment."""
    found = find_payment(str(payment_id))
    terms = found.as_seen_by_reducer()
    evidence = evidence_of(payment_id)
    story = story_of(found, evidence)
    of_it = {"payment_id": payment_id}
    proofs = proofs_of(payment_id)
    stages, deliveries = stages_of(payment_id), deliveries_of(payment_id)
    interventions = rows("interventions_of", of_it)
    messages = rows("messages_of", of_it)
    context = {
        "payment": found,
        "amount": Money(found.amount_minor, found.currency),
        "lines": list(found.order.lines.all()),
        "story": story,
        "timeline": timeline(story, Records(stages, deliveries, messages, interventions)),
        "took": took(stages),
        "screens": screens_of(payment_id),
        "evidence": evidence,
        "journal": rows("journal_of", of_it),
        "deliveries": deliveries,
        "interventions": [one for one in interventions if one["closed_at"] is None],
        "siblings": [one for one in rows("siblings_of", {"order_id": found.order_id}) if one["id"] != payment_id],
        "proofs": proofs,
        "proof_keep_days": settings().proof_keep_days,
        "seen": max((proof.number for proof in proofs), default=0),
        "acts": _acts(terms),
        "back": money_back(terms),
        "asks": bool(found.facts.get("links")) and found.gateway not in BY_HAND,
        "here": "payments",
    }
    return render(request, "console/payment.html", context)


@require_POST
@staff_page
def decide(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Approve or reject from the payment's own page."""
    form = ReasonForm(request.POST)
    opens = request.POST.get("decision") == "approve"
    back = SeeOther(reverse("console:payment", args=(payment_id,)))
    if not form.is_valid() or request.POST.get("decision") not in {"approve", "reject"}:
        tell(request, Refusal(_("Write the reason in one sentence; the customer and your colleagues will read it.")))
        return back
    by, reason = staff_of(request).email, form.cleaned_data["reason"]
    answers = services.decide([payment_id], opens=opens, seen=seen_in(request), by=by, reason=reason)
    tell_outcomes(request, [payment_id], answers, opens=opens)
    return back


@require_POST
@staff_page
def ask(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Ask the gateway about it now."""
    ask_and_tell(request, payment_id)
    return SeeOther(reverse("console:payment", args=(payment_id,)))


def ask_and_tell(request: HttpRequest, payment_id: UUID) -> None:
    """Ask the gateway, and say how the payment stands after its answer."""
    try:
        answered = services.ask_gateway(payment_id, by=staff_of(request).email)
    except Refusal as refusal:
        tell(request, refusal)
        return
    if answered:
        done(request, _("The gateway answered, and what it said is in the timeline."))
    else:
        tell(request, Refusal(_("The gateway did not answer, or has no page for this payment. Try again in a minute.")))


@require_POST
@staff_page
def replay(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """Bring a stored webhook again."""
    replay_and_tell(request, delivery_id)
    return SeeOther(reverse("console:delivery", args=(delivery_id,)))


def replay_and_tell(request: HttpRequest, delivery_id: UUID) -> None:
    """Bring a stored webhook again, and say what it did."""
    try:
        verdict = services.replay_delivery(delivery_id, by=staff_of(request).email)
    except Refusal as refusal:
        tell(request, refusal)
        return
    told = {
        "settled": _("The webhook was brought again, and it told something new. The payment's timeline shows it."),
        "duplicate": _("The webhook was brought again, and it told nothing new."),
    }
    other = _("The webhook was brought again: %(verdict)s.") % {"verdict": words.word("verdict", verdict).text}
    done(request, told.get(verdict, other))


def _acts(payment: Payment) -> frozenset[str]:
    """What staff may decide about a payment, as the ledger will answer."""
    if waits(payment) or (payment.access is Access.NONE and payment.state in UNPROVEN):
        return frozenset({"approve", "reject"})
    if payment.access is Access.NONE and payment.gateway in BY_HAND and payment.state in UNPAID:
        return frozenset({"approve"})
    return frozenset()
