from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from storefront import make
from tollkeeper.accounts.services import set_password
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.payments.ledger.state import Kind


def test_stranger_sees_courses_with_prices(course, browser):
    page = browser().get("/")

    assert page.status_code == 200
    assert "Photography with a phone" in page.text
    assert "R524,00" in page.text


def test_own_and_pending_courses_come_first(buyer, browser):
    plain, owned, waiting = (
        make.course(slug, title=slug.title(), position=place)
        for place, slug in enumerate(("plain", "owned", "waiting"))
    )
    make.paid(buyer, owned)
    make.order(buyer, waiting, Kind.OPENED)

    page = browser(buyer).get("/").text

    assert page.index("Waiting") < page.index("Owned") < page.index("Plain")
    assert plain.title in page


def test_owner_is_offered_to_continue(buyer, course, browser):
    make.paid(buyer, course)

    assert "Continue course" in browser(buyer).get("/courses/phone-photography/").text
    assert "Enroll now" in browser().get("/courses/phone-photography/").text


def test_waiting_course_leads_to_its_order(buyer, course, browser):
    payment = make.order(buyer, course, Kind.OPENED)

    page = browser(buyer).get("/courses/phone-photography/").text

    assert "Waiting for payment" in page
    assert f"/orders/{payment.reference}/" in page


def test_course_no_longer_sold_is_shown_only_to_its_buyer(buyer, browser):
    old = make.course("old", active=False)
    make.paid(buyer, old)

    assert browser(buyer).get("/courses/old/").status_code == 200
    assert browser().get("/courses/old/").status_code == 404


def test_preview_lesson_is_free_and_the_next_is_not(course, browser):
    assert "All about light" in browser().get("/learn/phone-photography/light/").text

    closed = browser().get("/learn/phone-photography/frame/")

    assert closed.status_code == 303
    assert closed["Location"] == "/courses/phone-photography/"


def test_owner_reads_every_lesson(buyer, course, browser):
    make.paid(buyer, course)

    assert "All about frame" in browser(buyer).get("/learn/phone-photography/frame/").text
    assert browser(buyer).get("/learn/phone-photography/")["Location"] == "/learn/phone-photography/light/"


def test_my_courses_are_nobody_elses(buyer, staff, course, browser):
    make.paid(buyer, course)

    assert "Photography" in browser(buyer).get("/my/courses/").text
    assert "Photography" not in browser(staff).get("/my/courses/").text


def test_suspended_access_closes_the_lessons(buyer, course, browser):
    make.order(buyer, course, Kind.OPENED, Kind.CALLBACK_SUCCESS, Kind.STATUS_UNPAID)

    assert browser(buyer).get("/learn/phone-photography/frame/").status_code == 303
    assert "Please do not pay again" in browser(buyer).get("/courses/phone-photography/").text


def test_a_list_of_many_courses_costs_no_more_statements(buyer, browser):
    for place in range(12):
        make.paid(buyer, make.course(f"course-{place}", title=f"Course {place}", position=place))

    client = browser(buyer)
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/")

    assert page.text.count("Yours: continue") == 12
    assert len(asked) <= 9


@pytest.mark.parametrize(
    "path", ["/courses/nothing/", "/learn/nothing/", "/orders/0000/", "/nothing", "/courses/a%00b/"]
)
def test_unknown_addresses_say_so(db, browser, path):
    page = browser().get(path)

    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_cover_is_the_same_each_time_and_kept_by_browsers(db, browser):
    first, second = (browser().get("/covers/phone-photography.svg") for _ in range(2))

    assert first.content == second.content
    assert first["Content-Type"] == "image/svg+xml"
    assert "max-age" in first["Cache-Control"]


@pytest.mark.parametrize(("chosen", "kept"), [("uk", "uk"), ("de", "en"), ("", "en"), ("\x00", "en")])
def test_language_switch_is_kept_for_mails(course, buyer, browser, chosen, kept):
    browser(buyer).post("/language/", {"language": chosen})

    buyer.refresh_from_db()

    assert buyer.language == kept


def test_mails_come_in_the_language_of_the_switch(course, buyer, browser):
    browser(buyer).post("/language/", {"language": "pl"})
    buyer.refresh_from_db()

    set_password(buyer, password="a longer road to town")

    assert OutboxMessage.objects.get().language == "pl"


def test_guests_switch_changes_no_person(course, buyer, browser):
    browser().post("/language/", {"language": "pl"})

    buyer.refresh_from_db()

    assert buyer.language == "en"


def test_language_switch_holds_and_goes_nowhere_else(course, browser):
    client = browser()

    switched = client.post("/language/", {"language": "pl", "next": "https://evil.example/"})

    assert switched["Location"] == "/"
    assert re.search(r'<html lang="pl">', client.get("/").text)
    assert "Kursy" in client.get("/").text
