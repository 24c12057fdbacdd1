"""Every address of the pages. Webhooks and live streams are answered before Django sees them (server/asgi.py)."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("account/", include("tollkeeper.accounts.urls")),
    path("", include("tollkeeper.storefront.urls")),
]
