"""The console's addresses."""

from __future__ import annotations

from django.urls import path

from tollkeeper.console.lists import LISTS
from tollkeeper.console.pages import (
    approvals,
    courses,
    home,
    interventions,
    payments,
    people,
    records,
    returning,
)

app_name = "console"

urlpatterns = [
    path("", home.home, name="home"),
    path("ticket", home.ticket, name="ticket"),
    path("approvals/", approvals.approvals, name="approvals"),
    *[path(f"{name}/", records.listing, {"name": name}, name=name) for name in LISTS],
    path("payments/<uuid:payment_id>/", payments.payment, name="payment"),
    path("payments/<uuid:payment_id>/decide/", payments.decide, name="decide"),
    path("payments/<uuid:payment_id>/ask/", payments.ask, name="ask"),
    path("payments/<uuid:payment_id>/back/", returning.give_back, name="give_back"),
    path("interventions/", interventions.interventions, name="interventions"),
    path("interventions/<uuid:intervention_id>/", interventions.intervention, name="intervention"),
    path("interventions/<uuid:intervention_id>/act/", interventions.act, name="act"),
    path("deliveries/<uuid:delivery_id>/", records.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/replay/", payments.replay, name="replay"),
    path("rejections/<uuid:rejection_id>/", records.rejection, name="rejection"),
    path("messages/<uuid:message_id>/", records.message, name="message"),
    path("courses/", courses.courses, name="courses"),
    path("courses/<uuid:course_id>/lessons/", courses.lessons, name="lessons"),
    path("courses/<uuid:course_id>/move/", courses.course_moves, name="course_moves"),
    path("lessons/<uuid:lesson_id>/move/", courses.lesson_moves, name="lesson_moves"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/standing/", people.standing, name="standing"),
    path("people/<uuid:person_id>/give/", people.give, name="give"),
    path("people/<uuid:person_id>/sessions/", people.sessions, name="sessions"),
    path("preview/", home.preview, name="preview"),
]
