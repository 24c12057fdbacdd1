"""The page of an order, whichever way it is paid."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import courses_by_id
from tollkeeper.payments.ledger.queries import OrderView
from tollkeeper.payments.ledger.state import PaymentState
from tollkeeper.storefront.answers import Trouble
from tollkeeper.storefront.paying.sheet import other_way, sheet_of
from tollkeeper.storefront.tellings import telling


def order_page(
    request: HttpRequest, shown: OrderView, *, back: str | None = None, said: Trouble | None = None, status: int = 200
) -> HttpResponse:
    """The page.

    Args:
        back: how the gateway's page sent the customer back, as their browser says.
        said: what went wrong with what they asked for.
    """
    context = {
        "order": shown,
        "telling": telling(shown.payment_state, shown.access, method=shown.method),
        "course": course_of_order(shown),
        "hint": _hint(shown, back),
        "trouble": said,
        "sheet": sheet_of(shown),
        "other_way": other_way(shown),
    }
    return render(request, "storefront/order.html", context, status=status)


def course_of_order(shown: OrderView) -> Course | None:
    """What was ordered, if it is a course that still exists."""
    kind, _colon, text = shown.item.partition(":")
    if kind != "course":
        return None
    course_id = UUID(text)
    return courses_by_id([course_id]).get(course_id)


def _hint(shown: OrderView, back: str | None) -> str:
    if shown.payment_state != PaymentState.OPEN or back not in ("failure", "cancel"):
        return ""
    return _("It looks as if the payment was not finished. If you want to, go to the payment page again.")
