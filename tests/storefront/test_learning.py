"""Progress and previews as pages show them, and who may do what: the buyer, staff, a stranger."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from storefront import make
from tollkeeper.fulfilment.enrolments.models import Progress
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.storefront.visitor import SESSION_KEY

LIGHT, FRAME = "/learn/phone-photography/light/", "/learn/phone-photography/frame/"


@pytest.fixture
def cast(buyer, staff, course, browser):
    """The browsers of everybody who could come: two who may read all, and three who may not."""
    make.paid(buyer, course)
    waiting = make.person("waiting@example.com")
    make.order(waiting, course, Kind.OPENED)
    guest = browser()
    keep(guest, make.paid(make.person("guest@example.com"), course, signed_in=False))
    people = {"buyer": buyer, "staff": staff, "other": make.person("other@example.com"), "waiting": waiting}
    return {name: browser(person) for name, person in people.items()} | {"guest": guest, "stranger": browser()}


def keep(client, payment):
    """Let a browser have made that order."""
    session = client.session
    session[SESSION_KEY] = [payment.reference]
    session.save()
    client.cookies["sessionid"] = session.session_key


CLOSED = ("other", "waiting", "stranger")


@pytest.mark.parametrize("who", ["buyer", "guest", "staff", *CLOSED])
def test_closed_lesson_opens_for_its_readers_alone(cast, who):
    answer = cast[who].get(FRAME)

    assert answer.status_code == (303 if who in CLOSED else 200)


@pytest.mark.parametrize("who", ["buyer", "guest", "staff", *CLOSED])
def test_free_lesson_opens_for_everybody(cast, who):
    assert "All about light" in cast[who].get(LIGHT).text


@pytest.mark.parametrize("who", ["buyer", "guest", "staff", *CLOSED])
def test_only_learners_are_done_with_lessons(cast, who):
    answer = cast[who].post(f"{LIGHT}done/", {"done": "yes"})

    assert answer.status_code == (303 if who in ("buyer", "guest") else 404)
    assert Progress.objects.count() == (who in ("buyer", "guest"))


@pytest.mark.parametrize("who", ["buyer", "guest", "staff", *CLOSED])
def test_copy_for_offline_opens_for_its_readers_alone(cast, who):
    answer = cast[who].get(f"{FRAME}copy")

    assert answer.status_code == (404 if who in CLOSED else 200)


@pytest.mark.parametrize("who", ["buyer", "guest", "staff", *CLOSED])
def test_copies_may_be_kept_of_what_is_open_and_what_is_free(cast, who):
    paths = cast[who].get("/my/kept").json()["paths"]

    assert paths == (["/learn/phone-photography/", LIGHT] if who in ("buyer", "guest") else [LIGHT])


def test_done_leads_on_and_the_last_one_back_to_the_course(cast):
    first = cast["buyer"].post(f"{LIGHT}done/", {"done": "yes"})
    last = cast["buyer"].post(f"{FRAME}done/", {"done": "yes"})

    assert first["Location"] == FRAME
    assert last["Location"] == "/courses/phone-photography/"
    assert "You have finished this course" in cast["buyer"].get("/courses/phone-photography/").text


def test_my_courses_and_the_course_tell_where_the_reader_stopped(cast):
    cast["buyer"].post(f"{LIGHT}done/", {"done": "yes"})

    for path in ("/my/courses/", "/courses/phone-photography/"):
        page = cast["buyer"].get(path).text
        assert "1 of 2 lessons done" in page
        assert "You stopped at: Frame" in page
    assert cast["buyer"].get("/learn/phone-photography/")["Location"] == FRAME


def test_lesson_can_be_undone(cast):
    cast["buyer"].post(f"{LIGHT}done/", {"done": "yes"})

    answer = cast["buyer"].post(f"{LIGHT}done/", {"done": "no"})

    assert answer["Location"] == LIGHT
    assert not Progress.objects.exists()


def test_guests_progress_becomes_theirs_when_they_sign_in(cast):
    from tollkeeper.accounts.models import Person

    cast["guest"].post(f"{LIGHT}done/", {"done": "yes"})

    guest = Person.objects.with_email("guest@example.com").get()
    cast["guest"].force_login(guest, backend="django.contrib.auth.backends.ModelBackend")

    assert list(Progress.objects.values_list("person_id", "order_id")) == [(guest.pk, None)]
    assert "1 of 2" in cast["guest"].get("/my/courses/").text


def test_access_that_is_lost_keeps_the_progress_for_its_return(buyer, course, browser):
    payment = make.paid(buyer, course)
    client = browser(buyer)
    client.post(f"{LIGHT}done/", {"done": "yes"})

    from tollkeeper.payments.ledger.services import bring

    bring([make.evidence(payment.id, Kind.STATUS_UNPAID, course.price_minor)])

    assert Progress.objects.count() == 1


def test_preview_of_a_course_no_longer_sold_is_closed_to_strangers(buyer, staff, browser):
    old = make.course("old", active=False)
    make.paid(buyer, old)

    assert browser().get("/learn/old/light/").status_code == 404
    assert browser(buyer).get("/learn/old/light/").status_code == 200
    assert browser(staff).get("/learn/old/light/").status_code == 200


def test_course_page_marks_what_is_free_and_what_is_done(cast):
    cast["buyer"].post(f"{LIGHT}done/", {"done": "yes"})

    assert "Free to read" in cast["stranger"].get("/courses/phone-photography/").text
    assert "Free to read" not in cast["buyer"].get("/courses/phone-photography/").text


def test_turning_pages_passes_over_what_is_closed(course, browser):
    course.lessons.create(position=3, slug="moment", title="Moment", body="Now.", preview=True)

    page = browser().get(LIGHT).text

    assert 'rel="next" href="/learn/phone-photography/moment/"' in page


def test_my_courses_cost_no_more_statements_for_more_courses(buyer, browser):
    for place in range(8):
        make.paid(buyer, make.course(f"course-{place}", title=f"Course {place}", position=place))
    client = browser(buyer)

    with CaptureQueriesContext(connection) as asked:
        page = client.get("/my/courses/")

    assert page.text.count('class="card"') == 8
    assert len(asked) <= 10
