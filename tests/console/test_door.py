"""The cast at every address of the console: staff come in; for the buyer, a guest and whoever left there is nothing."""

from __future__ import annotations

import re

import psycopg
import psycopg.sql
import pytest

WITHOUT_PAGE = {"ticket", "decide", "ask", "act", "replay", "standing", "give", "sessions", "preview"}
WITHOUT_PAGE |= {"course_moves", "lesson_moves", "give_back"}
"""Addresses that take a POST alone."""


def addresses(arguments):
    """Every address of the console with its name, from the table of addresses itself."""
    from django.urls import URLPattern, get_resolver

    resolver = get_resolver("tollkeeper.console.urls")
    for pattern in resolver.url_patterns:
        assert isinstance(pattern, URLPattern)
        path = re.sub(r"<uuid:(\w+)>", lambda found: str(arguments[found[1]]), str(pattern.pattern))
        yield pattern.name, f"/console/{path}"


def editing(course):
    lesson = course.lessons.first()
    return {
        "course": f"/console/edit/catalog/course/{course.pk}/change/",
        "new course": "/console/edit/catalog/course/add/",
        "lesson": f"/console/edit/catalog/lesson/{lesson.pk}/change/",
        "words": "/console/edit/jsi18n/",
    }


def pages(office, course):
    looked_at = {name: path for name, path in addresses(office) if name not in WITHOUT_PAGE}
    return looked_at | editing(course)


def test_staff_see_every_page(office, course, staff, browser):
    office_hand = browser(staff)

    answers = {name: office_hand.get(path).status_code for name, path in pages(office, course).items()}

    assert {name: status for name, status in answers.items() if status != 200} == {}
    assert len(answers) > 20


def test_for_everybody_else_no_address_exists(office, course, buyer, gone, browser):
    everything = dict(addresses(office)) | editing(course)

    for stranger in (browser(), browser(buyer), browser(gone)):
        for name, path in everything.items():
            assert stranger.get(path).status_code in {404, 405}, name
            assert stranger.post(path, {}).status_code in {404, 405}, name


@pytest.mark.parametrize("path", ["login/", "logout/", "password_change/", "search/?s=a", "", "auth/", "nothing/"])
def test_admin_has_no_second_door(path, browser, db):
    assert browser().get(f"/console/edit/{path}").status_code == 404


def test_looking_writes_nothing(office, course, staff, browser, owner):
    office_hand = browser(staff)
    office_hand.get("/console/")
    before = written(owner)

    for path in pages(office, course).values():
        office_hand.get(path)

    assert written(owner) == before


def test_page_that_would_write_is_stopped_by_the_database(staff, rf, db):
    from django.http import HttpResponse

    from tollkeeper.accounts.models import Person
    from tollkeeper.console.doors import staff_page

    @staff_page
    def careless(request):
        Person.objects.update(name="Somebody")
        return HttpResponse()

    request = rf.get("/console/")
    request.user = staff

    with pytest.raises(Exception, match="read-only transaction"):
        careless(request)


def test_page_that_takes_too_long_says_so(staff, rf, db, monkeypatch):
    from django.db import connection
    from django.http import HttpResponse

    from tollkeeper.console import doors

    @doors.staff_page
    def endless(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
        return HttpResponse()

    monkeypatch.setattr(doors, "LOOK_MS", 50)
    request = rf.get("/console/")
    request.user = staff

    with pytest.raises(doors.TooMuchToLookAt):
        endless(request)


def test_only_the_forms_of_courses_may_evaluate(office, course, staff, browser):
    office_hand = browser(staff)

    policies = {name: office_hand.get(path)["Content-Security-Policy"] for name, path in pages(office, course).items()}

    loose = {name for name, policy in policies.items() if "unsafe" in policy}
    assert loose == editing(course).keys()


def test_forged_form_is_refused(pending, staff, browser):
    office_hand = browser(staff, enforce_csrf_checks=True)

    answer = office_hand.post("/console/approvals/", {"payments": pending.id, "decision": "approve", "reason": "x"})

    assert answer.status_code == 403


def test_old_address_of_the_queue_leads_to_the_new_one(staff, buyer, browser):
    assert browser(staff).get("/staff/approvals/")["Location"] == "/console/approvals/"
    assert browser(buyer).get("/staff/approvals/").status_code == 404


def written(owner: psycopg.Connection) -> object:
    """How many rows each table has, and which transaction wrote to it last; sessions are the frame's own."""
    tables = owner.execute(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname !~ 'session' ORDER BY 1"
    ).fetchall()
    newest = "SELECT count(*), max(xmin::text::bigint) FROM {}"
    asked = {name: psycopg.sql.SQL(newest).format(psycopg.sql.Identifier(name)) for (name,) in tables}
    return {name: owner.execute(question).fetchone() for name, question in asked.items()}
