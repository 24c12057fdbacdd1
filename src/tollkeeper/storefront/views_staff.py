"""Payments that wait for a person's decision. For staff; to everybody else the pages do not exist."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.accounts.models import Person
from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.queries import pending_payments
from tollkeeper.payments.ledger.services import approve, reject
from tollkeeper.storefront.answers import SeeOther, Trouble, trouble
from tollkeeper.storefront.forms import DecisionForm


@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Everything that waits, oldest first."""
    _staff(request)
    return _approvals_page(request)


@require_POST
def decide(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """Approve or reject, with a reason."""
    staff = _staff(request)
    form = DecisionForm(request.POST, prefix=str(payment_id))
    act = {"approve": approve, "reject": reject}.get(request.POST.get("decision", ""))
    if act is None or not form.is_valid():
        return _approvals_page(request, wrong={payment_id: form}, status=422)
    try:
        act(payment_id, by=staff.email, reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        return _approvals_page(request, said=trouble(refusal), status=refusal.http_status)
    return SeeOther(reverse("storefront:approvals"))


def _staff(request: HttpRequest) -> Person:
    if isinstance(request.user, Person) and request.user.is_staff and request.user.is_active:
        return request.user
    raise Http404


def _approvals_page(
    request: HttpRequest,
    *,
    wrong: dict[UUID, DecisionForm] | None = None,
    said: Trouble | None = None,
    status: int = 200,
) -> HttpResponse:
    forms = wrong or {}
    waiting = pending_payments()
    people = Person.objects.in_bulk({one.person_id for one in waiting})
    approvals = [
        (one, people.get(one.person_id), forms.get(one.payment_id) or _form(one.payment_id)) for one in waiting
    ]
    return render(request, "storefront/approvals.html", {"approvals": approvals, "trouble": said}, status=status)


def _form(payment_id: UUID) -> DecisionForm:
    return DecisionForm(prefix=str(payment_id))
