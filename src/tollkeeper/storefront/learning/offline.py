"""What makes the shop an app on a phone: its manifest, its service worker, and what they keep for when there is no net.

Nothing personal is kept: of a lesson the worker stores the copy that `lesson_copy` renders, without a name, an order or
a form. `/my/kept` says which copies may stay; pages ask it and delete the rest.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tollkeeper.catalog.errors import NoSuchLesson
from tollkeeper.catalog.queries import courses_by_id, free_lessons
from tollkeeper.core.settings import settings
from tollkeeper.storefront.learning.lessons import lesson_context, seat
from tollkeeper.storefront.visitor import Visitor

BACKGROUND = "#faf9f5"
THEME = "#0b5d4e"
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("mask-512.png", "512x512", "maskable"),
)
STATICS = ("css/shop.css", "img/icon.svg", "js/kept.js")
"""What the kept copies and the offline page are made of."""


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What the shop is called and looks like among a phone's apps."""
    language = _language(request)
    with override(language):
        words = {"name": settings().shop_name, "description": _("Your courses, also without a network.")}
    shown = words | {
        "id": "/",
        "short_name": settings().shop_name[:12],
        "start_url": reverse("storefront:my_courses"),
        "scope": "/",
        "display": "standalone",
        "lang": language,
        "dir": "ltr",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": [
            {"src": static(f"storefront/img/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    answer = JsonResponse(shown, content_type="application/manifest+json")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Browsers ask for it after every page, so that the answer is made once and compared by tag."""
    text, version = _worker()
    if f'"{version}"' in parse_etags(request.headers.get("If-None-Match", "")):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    answer["ETag"] = f'"{version}"'
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown for a page that is not kept, while there is no network."""
    language = _language(request)
    answer = HttpResponse(_offline_page(language))
    answer["Content-Language"] = language
    answer["Cache-Control"] = "no-cache"
    return answer


@never_cache
@require_safe
def kept(request: HttpRequest) -> JsonResponse:
    """Below which addresses a browser may keep copies now."""
    visitor = Visitor.of(request)
    courses = courses_by_id(visitor.open_courses).values()
    paths = [f"/learn/{course.slug}/" for course in courses]
    return JsonResponse({"paths": sorted({*paths, *(lesson.address for lesson in free_lessons())})})


@never_cache
@require_safe
def lesson_copy(request: HttpRequest, slug: str, lesson_slug: str) -> HttpResponse:
    """The lesson as it is kept: the text and nothing of the reader. Its files are named in a header for the worker.

    Raises:
        NoSuchLesson: there is none, or not for them.
    """
    taken = seat(request, slug, lesson_slug)
    if not taken.may_read:
        raise NoSuchLesson
    context = lesson_context(taken)
    answer = HttpResponse(_bare_page("storefront/lesson_copy.html", context))
    files = [[file.address, file.size_bytes, f'"{file.digest}"'] for file in context["files"]]
    answer["Tollkeeper-Files"] = json.dumps(files)
    answer["Tollkeeper-Title"] = quote(f"{taken.lesson.title} · {taken.course.title}")
    return answer


def _bare_page(template: str, context: dict[str, Any]) -> str:
    """Without the request: no session, no person, no ticket, no form can come in."""
    return render_to_string(template, context | {"shop_name": settings().shop_name})


@cache
def _offline_page(language: str) -> str:
    with override(language):
        return _bare_page("storefront/offline.html", {})


@cache
def _worker() -> tuple[str, str]:
    """The worker's text with what it needs to know, and the version: the digest of all that it will keep."""
    languages = [code for code, _name in django_settings.LANGUAGES]
    pages = {language: f"{reverse('storefront:offline')}?lang={language}" for language in languages}
    known = {
        "pages": pages,
        "statics": [static(f"storefront/{name}") for name in STATICS],
        "language": django_settings.LANGUAGE_CODE,
        "signOut": reverse("accounts:sign_out"),
    }
    source = resources.files(__package__).joinpath("worker.js").read_text(encoding="utf-8")
    all_of_it = [source, json.dumps(known), *(_offline_page(language) for language in languages)]
    version = hashlib.sha256("\n".join(all_of_it).encode()).hexdigest()[:16]
    head = f"const VERSION = {json.dumps(version)};\nconst KNOWN = {json.dumps(known)};\n"
    return head + source, version


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(django_settings.LANGUAGES) else get_language() or django_settings.LANGUAGE_CODE
