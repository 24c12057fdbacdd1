"""One address."""

from __future__ import annotations

from django.urls import path

from django_orm.views import webhook

urlpatterns = [path("webhooks/ikhokha/<str:token>", webhook)]
