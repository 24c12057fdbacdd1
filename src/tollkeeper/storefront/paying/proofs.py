"""Staff look at proofs of payment. To everybody else these pages do not exist; each look is a line of the audit."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from tollkeeper.accounts.models import Person
from tollkeeper.payments.transfers import services

CAGED = "default-src 'none'; sandbox"
"""What a browser may do with a proof: show it."""


@require_safe
def preview(request: HttpRequest, proof_id: UUID, page: int) -> HttpResponseBase:
    """A page of it, drawn anew."""
    picture = services.preview(proof_id, page, by=_staff(request).email)
    return _caged(HttpResponse(picture, content_type="image/jpeg"))


@require_safe
def original(request: HttpRequest, proof_id: UUID) -> HttpResponseBase:
    """The file as it was sent: a download that no browser opens, under our name and not the sender's."""
    shown, file = services.original(proof_id, by=_staff(request).email)
    answer = FileResponse(
        file, as_attachment=True, filename=shown.download_name, content_type="application/octet-stream"
    )
    return _caged(answer)


def _caged(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Content-Security-Policy"] = CAGED
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _staff(request: HttpRequest) -> Person:
    if isinstance(request.user, Person) and request.user.is_staff and request.user.is_active:
        return request.user
    raise Http404
