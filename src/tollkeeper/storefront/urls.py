"""The customers' addresses."""

from __future__ import annotations

from django.urls import path

from tollkeeper.storefront import views_language, views_learn, views_live, views_orders, views_shop, views_staff

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
    path("learn/<slug:slug>/", views_learn.learn, name="learn"),
    path("learn/<slug:slug>/<slug:lesson_slug>/", views_learn.lesson, name="lesson"),
    path("my/courses/", views_learn.my_courses, name="my_courses"),
    path("my/receipts/", views_orders.receipts, name="receipts"),
    path("staff/approvals/", views_staff.approvals, name="approvals"),
    path("staff/approvals/<uuid:payment_id>/", views_staff.decide, name="decide"),
    path("live/ticket", views_live.ticket, name="live_ticket"),
    path("language/", views_language.switch, name="language"),
]
