"""The queue of decisions: what waits for a person, and the deciding of it, one by one or together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tollkeeper.console import words
from tollkeeper.console.doors import done, staff_of, staff_page
from tollkeeper.console.forms import DecisionForm
from tollkeeper.console.queries import waiting, who_decided
from tollkeeper.console.services import decide
from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.errors import AlreadyDecided
from tollkeeper.payments.ledger.queries import find_payment
from tollkeeper.payments.transfers.queries import proofs_of_each
from tollkeeper.storefront.answers import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; posted, the decisions about what is marked."""
    if request.method != "POST":
        return _page(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    opens, payments = data["decision"] == "approve", list(dict.fromkeys(data["payments"]))
    answers = decide(payments, opens=opens, seen=seen_in(request), by=staff_of(request).email, reason=data["reason"])
    tell_outcomes(request, payments, answers, opens=opens)
    return SeeOther(reverse("console:approvals"))


def seen_in(request: HttpRequest) -> dict[UUID, int]:
    """Which proofs of transfer were on the page, from its fields `seen-<payment>`; nonsense counts as none seen."""
    found = {}
    for name, value in request.POST.items():
        kind, _dash, text = str(name).partition("-")
        if kind == "seen" and str(value).isdecimal():
            try:
                found[UUID(text)] = int(str(value)[:9])
            except ValueError:
                continue
    return found


def tell_outcomes(
    request: HttpRequest, payment_ids: Sequence[UUID], answers: Sequence[Refusal | None], *, opens: bool
) -> None:
    """Say what became of each decision, and who was faster where somebody was."""
    count = sum(answer is None for answer in answers)
    if count and opens:
        done(request, ngettext("%(count)d payment approved.", "%(count)d payments approved.", count) % {"count": count})
    elif count:
        done(request, ngettext("%(count)d payment rejected.", "%(count)d payments rejected.", count) % {"count": count})
    refused = {payment_id: said for payment_id, said in zip(payment_ids, answers, strict=True) if said is not None}
    earlier = who_decided(refused)
    for payment_id, refusal in refused.items():
        messages.warning(request, f"{_reference(payment_id)}: {_why_not(refusal, earlier.get(payment_id))}")


def _reference(payment_id: UUID) -> str:
    try:
        return find_payment(str(payment_id)).reference
    except Refusal:
        return str(payment_id)


def _why_not(refusal: Refusal, earlier: dict[str, object] | None) -> str:
    if isinstance(refusal, AlreadyDecided) and earlier is not None:
        sentence = (
            _("already approved by %(by)s: “%(reason)s”")
            if earlier["kind"] == "approved"
            else _("already rejected by %(by)s: “%(reason)s”")
        )
        return sentence % {"by": earlier["by"], "reason": earlier["reason"]}
    return {
        "nothing_to_decide": _("it does not wait for a decision; its payment changed in the meantime"),
        "payment_in_use": _("somebody else is working on it at this moment; try again in a second"),
        "proof_arrived": _("the customer has handed in a new proof meanwhile; look at it first"),
        "no_such_order": _("there is no such payment"),
        "not_now": _("deciding is switched off at the moment"),
    }.get(refusal.code, words.why_not(refusal))


def _page(request: HttpRequest, form: DecisionForm | None = None, *, status: int = 200) -> HttpResponse:
    items, more = waiting()
    proofs = proofs_of_each([item["id"] for item in items if item["gateway"] == "transfer"])
    for item in items:
        item["proofs"] = proofs.get(item["id"], [])
        item["seen"] = max((proof.number for proof in item["proofs"]), default=0)
    marked = {str(one) for one in request.POST.getlist("payments")}
    context = {"items": items, "more": more, "form": form, "marked": marked}
    return render(request, "console/approvals.html", context | {"here": "approvals"}, status=status)
