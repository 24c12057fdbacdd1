"""The list of courses, a course, and the act of ordering one."""

from __future__ import annotations

from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.accounts.errors import TooManyTries
from tollkeeper.accounts.limits import network_of_guest
from tollkeeper.catalog.errors import NoSuchCourse
from tollkeeper.catalog.markdown import render as render_markdown
from tollkeeper.catalog.models import Course
from tollkeeper.catalog.queries import active_courses, course_for, lessons_of
from tollkeeper.checkout.services import Browser, Guest, begin
from tollkeeper.core.errors import Refusal
from tollkeeper.core.ids import new_id
from tollkeeper.core.settings import settings
from tollkeeper.storefront.answers import SeeOther, Trouble, trouble
from tollkeeper.storefront.covers import cover as draw_cover
from tollkeeper.storefront.forms import EnrolForm
from tollkeeper.storefront.paying.sheet import CARD, TRANSFER, page_of_transfer
from tollkeeper.storefront.visitor import Standing, Visitor, remember

PLACES = {"waiting": 0, "pending": 0, "refused": 0, "held": 0, "open": 1, "buy": 2}
"""What needs the visitor's attention first, then what is theirs, then the rest; the shop's own order within each."""


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """Every course for sale."""
    return render(request, "storefront/shop.html", {"shelves": shelves(Visitor.of(request), active_courses())})


def shelves(visitor: Visitor, courses: list[Course]) -> list[tuple[Course, Standing]]:
    """Courses with the visitor's standing, those that are theirs or pending first."""
    pairs = [(course, visitor.standing(course)) for course in courses]
    return sorted(pairs, key=lambda pair: PLACES[pair[1].state])


@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """One course: what it teaches, what it costs, how the visitor stands."""
    return _course_page(request, course_of(Visitor.of(request), slug))


@require_POST
def enrol(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Order the course and go to the payment page. The same form sent twice is still one order."""
    visitor = Visitor.of(request)
    wanted = course_of(visitor, slug)
    form = EnrolForm(request.POST)
    if visitor.standing(wanted).state == "open":
        return SeeOther(reverse("storefront:learn", args=(wanted.slug,)))
    if visitor.person_id is None and not form.is_valid():
        return _course_page(request, wanted, form=form, status=422)
    buyer = visitor.person_id or Guest(form.cleaned_data["email"], network_of_guest(request.META.get("REMOTE_ADDR")))
    method = TRANSFER if request.POST.get("method") == TRANSFER and settings().takes_transfers else CARD
    try:
        begun = begin(
            buyer=buyer,
            course=wanted,
            language=get_language() or "en",
            browser=Browser(signed_in=visitor.person_id is not None, known=visitor.references),
            attempt=_attempt(form, visitor, buyer, wanted),
            method=method,
        )
    except Refusal as refusal:
        return _not_begun(request, wanted, form, refusal)
    remember(request, begun.reference)
    if method == TRANSFER:
        return SeeOther(page_of_transfer(begun.reference))
    return SeeOther(begun.pay_url or reverse("storefront:order", args=(begun.reference,)))


@require_safe
def cover(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture drawn from a course's name."""
    response = HttpResponse(draw_cover(slug), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=604800"
    return response


def course_of(visitor: Visitor, slug: str) -> Course:
    """A course that the visitor may see: one that is sold, or one that is theirs.

    Raises:
        NoSuchCourse: there is none of that name for them.
    """
    found = course_for(slug)
    if not found.active and visitor.standing(found).state == "buy":
        raise NoSuchCourse
    return found


def _attempt(form: EnrolForm, visitor: Visitor, buyer: UUID | Guest, wanted: Course) -> UUID | None:
    """The name of this try: the same form for the same buyer and course is the same try.

    A try whose order this browser knows of is over: the checkout finds that order by itself while it can be paid, and
    once it cannot, the form that the browser's back button brought up again begins a new one.
    """
    page = form.attempt()
    if page is None:
        return None
    attempt = uuid5(page, f"{buyer.email if isinstance(buyer, Guest) else buyer} {wanted.id}")
    return None if any(order.order_id == attempt for order in visitor.orders) else attempt


def _not_begun(request: HttpRequest, wanted: Course, form: EnrolForm, refusal: Refusal) -> HttpResponseBase:
    """Where an order was kept its page offers to try again; a guest's form, sent again, finds it too."""
    person_id, references = Visitor.of(request).person_id, Visitor.of(request).references
    standing = Visitor(person_id, references).standing(wanted)
    said = trouble(refusal)
    if isinstance(refusal, TooManyTries):
        answer = _course_page(request, wanted, form=form, said=said, status=refusal.http_status)
        answer["Retry-After"] = str(refusal.wait_seconds)
        return answer
    if standing.order is None:
        return _course_page(request, wanted, form=form, said=said, status=refusal.http_status)
    messages.warning(request, f"{said.title}. {said.text}")
    return SeeOther(reverse("storefront:order", args=(standing.order.reference,)))


def _course_page(
    request: HttpRequest,
    shown: Course,
    *,
    form: EnrolForm | None = None,
    said: Trouble | None = None,
    status: int = 200,
) -> HttpResponse:
    visitor = Visitor.of(request)
    standing = visitor.standing(shown)
    stand = visitor.readings([shown.id])[shown.id] if standing.state == "open" else None
    context = {
        "course": shown,
        "description": render_markdown(shown.description),
        "lessons": stand.lessons if stand else lessons_of(shown),
        "reading": stand,
        "standing": standing,
        "form": None if visitor.person_id else form or EnrolForm(),
        "attempt": (form and form.attempt()) or new_id(),
        "trouble": said,
        "takes_transfers": settings().takes_transfers,
    }
    return render(request, "storefront/course.html", context, status=status)
