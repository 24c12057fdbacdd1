"""Every address of the pages. Webhooks and live streams are answered before Django sees them (server/asgi.py)."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("account/", include("tollkeeper.accounts.urls")),
    path("", include("tollkeeper.storefront.urls")),
]

handler400 = "tollkeeper.storefront.views_errors.bad_request"
handler403 = "tollkeeper.storefront.views_errors.forbidden"
handler404 = "tollkeeper.storefront.views_errors.not_found"
handler500 = "tollkeeper.storefront.views_errors.server_error"
