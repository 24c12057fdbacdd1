"""A person: what they ordered, what they may open, where they are signed in, and what staff may do for them."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.accounts.models import Person
from tollkeeper.accounts.sessions import end_for_another, sign_ins_of
from tollkeeper.catalog.queries import active_courses
from tollkeeper.console.doors import done, staff_of, staff_page, tell
from tollkeeper.console.forms import GiveForm
from tollkeeper.console.lists import PAGE
from tollkeeper.console.queries import rows
from tollkeeper.console.services import set_standing
from tollkeeper.core.errors import Refusal
from tollkeeper.fulfilment.enrolments.giving import give_course, resend_access
from tollkeeper.storefront.answers import SeeOther


@require_safe
@staff_page
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """All that concerns a person."""
    return _page(request, _known(person_id))


@require_POST
@staff_page
def standing(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Staff or not, switched on or off."""
    known, staff, active = _known(person_id), "staff" in request.POST, "active" in request.POST
    try:
        set_standing(known, staff=staff, active=active, by=staff_of(request))
    except Refusal as refusal:
        tell(request, refusal)
    else:
        done(request, _("Saved."))
    return _back(person_id)


@require_POST
@staff_page
def give(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Open a course without payment, or send the way to the open ones again."""
    known, by = _known(person_id), staff_of(request).email
    try:
        if "resend" in request.POST:
            resend_access(known.email, by=by)
            done(request, _("A mail with the way to every open course goes to %(email)s.") % {"email": known.email})
            return _back(person_id)
        form = GiveForm(request.POST)
        if not form.is_valid():
            return _page(request, known, form, status=422)
        course, reason = form.cleaned_data["course"], form.cleaned_data["reason"]
        give_course(email=known.email, course=course, language=known.language, by=by, reason=reason)
        done(request, _("%(course)s is open for them, and a mail says so.") % {"course": course.title})
    except Refusal as refusal:
        tell(request, refusal)
    return _back(person_id)


@require_POST
@staff_page
def sessions(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Sign the person out in one browser, or in all."""
    known, asked = _known(person_id), request.POST.get("end", "")
    try:
        which = None if asked == "all" else UUID(asked)
    except ValueError:
        return _back(person_id)  # no button of ours says that; the page shows what is so
    ended = end_for_another(known, which, by=staff_of(request), keep=request.session.session_key)
    if ended:
        said = ngettext("Signed out on %(count)d device.", "Signed out on %(count)d devices.", ended)
        done(request, said % {"count": ended})
    else:
        tell(request, Refusal(_("They are not signed in there any more.")))
    return _back(person_id)


def _known(person_id: UUID) -> Person:
    known = Person.objects.filter(pk=person_id).first()
    if known is None:
        raise Http404
    return known


def _back(person_id: UUID) -> SeeOther:
    return SeeOther(reverse("console:person", args=(person_id,)))


def _page(request: HttpRequest, known: Person, form: GiveForm | None = None, *, status: int = 200) -> HttpResponse:
    wanted: dict[str, object] = dict.fromkeys(
        ("before", "oldest", "newest", "order_id", "payment_id", "state", "access", "method")
    )
    payments = rows("list_payments", wanted | {"person_id": known.pk, "window": PAGE, "limit": PAGE})
    context = {
        "person": known,
        "payments": [row for row in payments if row["id"] is not None],
        "grants": rows("grants_of", {"person_id": known.pk}),
        "courses": active_courses(),
        "devices": [(one, one.session_id == request.session.session_key) for one in sign_ins_of(known)],
        "form": form or GiveForm(),
        "here": "people",
    }
    return render(request, "console/person.html", context, status=status)
