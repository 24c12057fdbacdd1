"""An order: its state told in words, polled, tried again, cancelled; and the list of receipts."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.checkout.services import Browser, begin
from tollkeeper.core.errors import Refusal
from tollkeeper.core.settings import settings
from tollkeeper.payments.ledger.queries import OrderView, payments_of_order
from tollkeeper.payments.ledger.services import cancel_by_customer, customer_is_waiting, read_status_now
from tollkeeper.payments.ledger.state import RECEIVED, PaymentState
from tollkeeper.storefront.answers import SeeOther, trouble
from tollkeeper.storefront.paying.page import course_of_order, order_page
from tollkeeper.storefront.paying.sheet import TRANSFER, chosen
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
    if _asked_about(shown, now=bool(back)):
        shown = Visitor.of(request).order(reference)
    return order_page(request, chosen(shown, request.GET.get("by")), back=back)


@never_cache
@require_safe
def order_state(request: HttpRequest, reference: str) -> JsonResponse:
    """The order's state as the live stream would say it; asking is the beat of somebody who waits."""
    shown = Visitor.of(request).order(reference)
    _asked_about(shown, now=False)
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
    wanted = course_of_order(shown)
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
            method=shown.method,
        )
    except Refusal as refusal:
        return order_page(request, shown, said=trouble(refusal), status=refusal.http_status)
    return SeeOther(begun.pay_url or here)


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Turn back. Whatever happened in the meantime wins, and the page tells it."""
    shown = Visitor.of(request).order(reference)
    for one in payments_of_order(shown.order_id):
        if telling(one.payment_state, one.access, method=one.method).cancellable:
            cancel_by_customer(one.payment_id)
    return SeeOther(reverse("storefront:order", args=(shown.reference,)))


@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    """What was paid, newest first; what went back stays in the list, and says so."""
    paid = [one for one in Visitor.of(request).orders if one.payment_state in RECEIVED]
    return render(request, "storefront/receipts.html", {"receipts": paid})


def _asked_about(shown: OrderView, *, now: bool) -> bool:
    """Let the gateways be asked soon about all that this order may be paid by; whether one, asked now, answered."""
    waiting = [one for one in payments_of_order(shown.order_id) if one.payment_state in WAITING]
    for one in waiting:
        customer_is_waiting(one.payment_id)
    asked = [one.payment_id for one in waiting if one.method != TRANSFER] if now else []
    return any(map(_gateway_answered, asked))


def _gateway_answered(payment_id: UUID) -> bool:
    try:
        return read_status_now(payment_id, timeout_seconds=settings().ikhokha_status_timeout_seconds)
    except Refusal:
        return False  # the ladder asks again; the page tells what is known
