"""Where courses are edited: the admin site of django-unfold, inside the console's own frame and behind its door."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import add_never_cache_headers
from unfold.sites import UnfoldAdminSite  # type: ignore[import-untyped]  # unfold ships no types

from tollkeeper.console.doors import is_staff, looking
from tollkeeper.storefront.answers import SeeOther

LOOSER = {"script-src": ["'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}
"""What unfold's forms need more than other pages: Alpine evaluates its attributes (docs/decisions/0011)."""

NOT_HERE = frozenset({"login", "logout", "password_change", "password_change_done", "search"})
"""Pages of the admin that the house has elsewhere, or nowhere."""


class Site(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Courses and lessons, to edit. Money, access and people have pages of their own; they are no forms over tables."""

    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have not been sent away."""
        return is_staff(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The models' pages and what their forms need; signing in and out is the house's own."""
        return [one for one in super().get_urls() if getattr(one, "name", None) not in NOT_HERE]

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002  Django's signature
        """Behind the console's door: nothing is here for others, and looking writes nothing."""
        inner = super().admin_view(view, cacheable)

        @csp_update(LOOSER)
        def guarded(request: HttpRequest, *args: Any, **keywords: Any) -> HttpResponseBase:
            if not is_staff(request):
                raise Http404
            request.current_app = self.name
            if request.method in {"GET", "HEAD"}:
                response = looking(inner, request, *args, **keywords)
            else:
                response = inner(request, *args, **keywords)
            add_never_cache_headers(response)
            return response

        return update_wrapper(guarded, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold's context, and which part of the console this is."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"here": "courses"}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The console's first page is this site's."""
        return SeeOther(reverse("console:home"))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The same."""
        return self.index(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """There is one page to sign in, and this is not it."""
        raise Http404


site = Site(name="admin")
