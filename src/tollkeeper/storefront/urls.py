"""The customers' addresses."""

from __future__ import annotations

from django.urls import path

from tollkeeper.storefront import views_language, views_live, views_orders, views_shop
from tollkeeper.storefront.learning import files, lessons, offline
from tollkeeper.storefront.paying import proofs, transfers

app_name = "storefront"

urlpatterns = [
    path("", views_shop.shop, name="shop"),
    path("courses/<slug:slug>/", views_shop.course, name="course"),
    path("courses/<slug:slug>/enrol/", views_shop.enrol, name="enrol"),
    path("covers/<slug:slug>.svg", views_shop.cover, name="cover"),
    path("orders/<str:reference>/", views_orders.order, name="order"),
    path("orders/<str:reference>/state", views_orders.order_state, name="order_state"),
    path("orders/<str:reference>/again/", views_orders.again, name="again"),
    path("orders/<str:reference>/cancel/", views_orders.cancel, name="cancel"),
    path("learn/<slug:slug>/", lessons.learn, name="learn"),
    path("learn/<slug:slug>/<slug:lesson_slug>/", lessons.lesson, name="lesson"),
    path("learn/<slug:slug>/<slug:lesson_slug>/done/", lessons.done, name="lesson_done"),
    path("learn/<slug:slug>/<slug:lesson_slug>/copy", offline.lesson_copy, name="lesson_copy"),
    path("learn/<slug:slug>/<slug:lesson_slug>/files/<str:name>", files.lesson_file, name="lesson_file"),
    path("my/courses/", lessons.my_courses, name="my_courses"),
    path("my/kept", offline.kept, name="kept"),
    path("sw.js", offline.worker, name="worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
    path("orders/<str:reference>/proofs/", transfers.hand_in, name="hand_in"),
    path("orders/<str:reference>/method/", transfers.switch, name="switch"),
    path("staff/proofs/<uuid:proof_id>/<int:page>.jpg", proofs.preview, name="proof_preview"),
    path("staff/proofs/<uuid:proof_id>/original", proofs.original, name="proof_original"),
    path("my/receipts/", views_orders.receipts, name="receipts"),
    path("live/ticket", views_live.ticket, name="live_ticket"),
    path("language/", views_language.switch, name="language"),
]
