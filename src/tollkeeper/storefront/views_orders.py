"""An order: its state told in words, polled, tried again, cancelled; and the list of receipts."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import courses_by_id
from tollkeeper.checkout.services import Browser, begin
from tollkeeper.core.errors import Refusal
from tollkeeper.core.settings import settings
from tollkeeper.payments.ledger.queries import OrderView
from tollkeeper.payments.ledger.services import cancel_by_customer, customer_is_waiting, read_status_now
from tollkeeper.payments.ledger.state import PaymentState
from tollkeeper.storefront.answers import SeeOther, Trouble, trouble
from tollkeeper.storefront.tellings import telling
from tollkeeper.storefront.visitor import WAITING, Visitor

PAYABLE = frozenset({PaymentState.OPEN, PaymentState.ATTEMPT_FAILED})


@require_safe
def order(request: HttpRequest, reference: str) -> HttpResponse:
    """The waiting page, and where the gateway sends people back to.

    `?back=` comes from the customer's browser, so it proves nothing: it makes us ask the gateway, and no more.
    """
    shown = Visitor.of(request).order(reference)
    back = request.GET.get("back")
    if shown.payment_state in WAITING:
        customer_is_waiting(shown.payment_id)
        if back and _gateway_answered(shown.payment_id):
            shown = Visitor.of(request).order(reference)
    return _order_page(request, shown, back=back)


@never_cache
@require_safe
def order_state(request: HttpRequest, reference: str) -> JsonResponse:
    """The order's state as the live stream would say it; asking is the beat of somebody who waits."""
    shown = Visitor.of(request).order(reference)
    if shown.payment_state in WAITING:
        customer_is_waiting(shown.payment_id)
    return JsonResponse(
        {
            "reference": shown.reference,
            "item": shown.item,
            "payment": shown.payment_state,
            "access": shown.access,
            "payment_id": str(shown.payment_id),
        }
    )


@require_POST
def again(request: HttpRequest, reference: str) -> HttpResponseBase:
    """On to the payment page; where there is none yet, ask the gateway for it once more."""
    shown = Visitor.of(request).order(reference)
    here = reverse("storefront:order", args=(shown.reference,))
    if shown.payment_state in PAYABLE and shown.pay_url:
        return SeeOther(shown.pay_url)
    wanted = _course_of(shown)
    if shown.payment_state != PaymentState.CREATED or wanted is None:
        return SeeOther(here)
    visitor = Visitor.of(request)
    try:
        begun = begin(
            buyer=shown.person_id,
            course=wanted,
            language=get_language() or "en",
            browser=Browser(
                signed_in=visitor.person_id == shown.person_id, known=(*visitor.references, shown.reference)
            ),
        )
    except Refusal as refusal:
        return _order_page(request, shown, said=trouble(refusal), status=refusal.http_status)
    return SeeOther(begun.pay_url or here)


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Turn back. Whatever happened in the meantime wins, and the page tells it."""
    shown = Visitor.of(request).order(reference)
    if telling(shown.payment_state, shown.access).cancellable:
        cancel_by_customer(shown.payment_id)
    return SeeOther(reverse("storefront:order", args=(shown.reference,)))


@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    """What was paid, newest first."""
    paid = [one for one in Visitor.of(request).orders if one.payment_state == PaymentState.PAID]
    return render(request, "storefront/receipts.html", {"receipts": paid})


def _order_page(
    request: HttpRequest, shown: OrderView, *, back: str | None = None, said: Trouble | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "order": shown,
        "telling": telling(shown.payment_state, shown.access),
        "course": _course_of(shown),
        "hint": _hint(shown, back),
        "trouble": said,
    }
    return render(request, "storefront/order.html", context, status=status)


def _gateway_answered(payment_id: UUID) -> bool:
    try:
        return read_status_now(payment_id, timeout_seconds=settings().ikhokha_status_timeout_seconds)
    except Refusal:
        return False  # the ladder asks again; the page tells what is known


def _hint(shown: OrderView, back: str | None) -> str:
    if shown.payment_state != PaymentState.OPEN or back not in ("failure", "cancel"):
        return ""
    return _("It looks as if the payment was not finished. If you want to, go to the payment page again.")


def _course_of(shown: OrderView) -> Course | None:
    kind, _colon, text = shown.item.partition(":")
    if kind != "course":
        return None
    course_id = UUID(text)
    return courses_by_id([course_id]).get(course_id)
