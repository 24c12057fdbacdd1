"""Money back, from a payment's own page: asked for, sent, and disputed by the payer's bank."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tollkeeper.console.doors import done, staff_of, staff_page, tell
from tollkeeper.console.forms import BackForm
from tollkeeper.core.errors import Refusal
from tollkeeper.core.money import BadMoney, Money
from tollkeeper.payments.ledger.queries import find_payment
from tollkeeper.payments.ledger.services import (
    ask_refund,
    dispute_closed,
    dispute_opened,
    refund_not_sent,
    refund_sent,
)
from tollkeeper.storefront.answers import SeeOther


@require_POST
@staff_page
def give_back(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """One step of money on its way back; the button says which."""
    form = BackForm(request.POST)
    step = _STEPS.get(request.POST.get("step", ""))
    if step is None or not form.is_valid():
        said = next((text for texts in form.errors.values() for text in texts), _("Choose what to do."))
        tell(request, Refusal(str(said)))
    else:
        try:
            done(request, step(payment_id, form, staff_of(request).email))
        except Refusal as refusal:
            tell(request, refusal)
    return SeeOther(reverse("console:payment", args=(payment_id,)) + "#back")


def _ask(payment_id: UUID, form: BackForm, by: str) -> str:
    minor = _minor(payment_id, form)
    closes = not form.cleaned_data["keep"]
    number, reason = form.cleaned_data["number"] or None, form.cleaned_data["reason"]
    ask_refund(payment_id, minor, closes=closes, by=by, reason=reason, number=number)
    return _("The refund is noted. Send the money now, then say so here.")


def _sent(payment_id: UUID, form: BackForm, by: str) -> str:
    refund_sent(payment_id, form.cleaned_data["number"], by=by, proof=form.cleaned_data["reason"])
    return _("The refund is in the books, and a mail tells the customer.")


def _not_sent(payment_id: UUID, form: BackForm, by: str) -> str:
    refund_not_sent(payment_id, form.cleaned_data["number"], by=by, reason=form.cleaned_data["reason"])
    return _("Noted: that refund is not sent.")


def _dispute(payment_id: UUID, form: BackForm, by: str) -> str:
    minor, number = _minor(payment_id, form), form.cleaned_data["number"]
    dispute_opened(payment_id, number, minor, by=by, reason=form.cleaned_data["reason"])
    return _("The dispute is noted. Say here how it ended.")


def _won(payment_id: UUID, form: BackForm, by: str) -> str:
    dispute_closed(payment_id, form.cleaned_data["number"], won=True, by=by, reason=form.cleaned_data["reason"])
    return _("The dispute is won: that money stays.")


def _lost(payment_id: UUID, form: BackForm, by: str) -> str:
    dispute_closed(payment_id, form.cleaned_data["number"], won=False, by=by, reason=form.cleaned_data["reason"])
    return _("The dispute is lost: that money is gone.")


_STEPS: dict[str, Callable[[UUID, BackForm, str], str]] = {
    "ask": _ask,
    "sent": _sent,
    "not_sent": _not_sent,
    "dispute": _dispute,
    "won": _won,
    "lost": _lost,
}


def _minor(payment_id: UUID, form: BackForm) -> int:
    amount = form.cleaned_data["amount"]
    if amount is None:
        raise BadMoney(_("Write the amount."))
    return Money.of(amount, find_payment(str(payment_id)).currency).minor
