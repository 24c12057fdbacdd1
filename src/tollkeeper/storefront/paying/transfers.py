"""The customer's side of a bank transfer: hand in a proof, or pay the other way instead."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tollkeeper.accounts.errors import TooManyTries
from tollkeeper.accounts.limits import network_of_guest
from tollkeeper.accounts.models import Person
from tollkeeper.checkout.services import Browser, begin
from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.queries import OrderView
from tollkeeper.payments.transfers.errors import BadProof, EmptyProof, NoRoomForProof, ProofDeskBusy
from tollkeeper.payments.transfers.kinds import CUT_OFF
from tollkeeper.payments.transfers.services import HandedIn, Upload, too_large
from tollkeeper.payments.transfers.services import hand_in as take_in
from tollkeeper.storefront.answers import SeeOther, Trouble, trouble
from tollkeeper.storefront.paying.page import course_of_order, order_page
from tollkeeper.storefront.paying.sheet import TRANSFER, chosen, other_way, page_of_transfer
from tollkeeper.storefront.visitor import Visitor, remember


@require_POST
def hand_in(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Take the file. Whatever is wrong with it, the order's page says so, and nothing else is changed."""
    shown = chosen(Visitor.of(request).order(reference), TRANSFER)
    try:
        done = _taken(request, shown)
    except Refusal as refusal:
        answer = order_page(request, shown, said=_trouble(refusal), status=refusal.http_status)
        if isinstance(refusal, TooManyTries):
            answer["Retry-After"] = str(refusal.wait_seconds)
        return answer
    if done.fresh:
        messages.success(request, _("We have your file. Staff will compare it with the bank account."))
    else:
        messages.info(request, _("You have handed in this very file before. Nothing was added."))
    return SeeOther(page_of_transfer(shown.reference))


@require_POST
def switch(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Pay the same order the other way. Both ways stay payable, and whichever is paid first opens the course."""
    visitor = Visitor.of(request)
    method = request.POST.get("method", "")
    shown = visitor.order(reference)
    here = reverse("storefront:order", args=(shown.reference,))
    looked_at = next(
        (one for one in (chosen(shown, way) for way in (None, TRANSFER)) if other_way(one) == method), None
    )
    wanted = course_of_order(shown)
    if looked_at is None or wanted is None:
        return SeeOther(here)
    try:
        begun = begin(
            buyer=shown.person_id,
            course=wanted,
            language=get_language() or "en",
            browser=Browser(
                signed_in=visitor.person_id == shown.person_id, known=(*visitor.references, shown.reference)
            ),
            method=method,
        )
    except Refusal as refusal:
        return order_page(request, looked_at, said=trouble(refusal), status=refusal.http_status)
    remember(request, begun.reference)
    if method == TRANSFER:
        return SeeOther(page_of_transfer(begun.reference))
    return SeeOther(begun.pay_url or reverse("storefront:order", args=(begun.reference,)))


def _taken(request: HttpRequest, shown: OrderView) -> HandedIn:
    if getattr(request, "scope", {}).get(CUT_OFF):
        raise too_large()
    file = request.FILES.get("file")
    if file is None:
        raise EmptyProof(_("Choose a file first: a PDF, or a picture as JPEG or PNG."))
    network = network_of_guest(request.META.get("REMOTE_ADDR"))
    by = request.user.email if isinstance(request.user, Person) else shown.reference
    return take_in(shown.payment_id, Upload(file.chunks(), file.name or "", network), by=by)


def _trouble(refusal: Refusal) -> Trouble:
    if isinstance(refusal, BadProof):
        return Trouble(_("This file was not taken."), refusal.sentence)
    if isinstance(refusal, NoRoomForProof | ProofDeskBusy):
        return Trouble(_("Your file could not be kept."), refusal.sentence)
    if isinstance(refusal, TooManyTries):
        return Trouble(_("Please wait a little"), refusal.sentence)
    return trouble(refusal)
