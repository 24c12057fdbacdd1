"""Every address of the pages. Webhooks and live streams are answered before Django sees them (server/asgi.py)."""

from __future__ import annotations

from django.urls import include, path

from tollkeeper.console.courses import site
from tollkeeper.console.pages.home import moved

urlpatterns = [
    path("account/", include("tollkeeper.accounts.urls")),
    path("console/edit/", site.urls),
    path("console/", include("tollkeeper.console.urls")),
    path("staff/approvals/", moved),
    path("", include("tollkeeper.storefront.urls")),
]

handler400 = "tollkeeper.storefront.views_errors.bad_request"
handler403 = "tollkeeper.storefront.views_errors.forbidden"
handler404 = "tollkeeper.storefront.views_errors.not_found"
handler500 = "tollkeeper.storefront.views_errors.server_error"
