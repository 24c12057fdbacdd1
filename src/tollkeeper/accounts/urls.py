"""Addresses under `/account/`."""

from __future__ import annotations

from django.urls import path

from tollkeeper.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("link-sent/", views.link_sent, name="link_sent"),
    path("link/", views.link, name="link"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password, name="password"),
    path("devices/", views.devices, name="devices"),
]
