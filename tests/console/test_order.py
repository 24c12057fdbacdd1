"""Courses and lessons are put into order by buttons that need no script; two who move at once both count."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest

from storefront import make
from tollkeeper.catalog.models import Course, Lesson

NOBODY = UUID(int=7)


@pytest.fixture
def three(db):
    """Three courses in the places they got when they were written: all in the same."""
    return [make.course(slug, title=title) for slug, title in (("a", "Alpha"), ("b", "Bravo"), ("c", "Gamma"))]


@pytest.fixture
def steps(db):
    """Four lessons, with gaps between their places as deleted ones leave them."""
    course = make.course("steps")
    course.lessons.all().delete()
    Lesson.objects.bulk_create(
        Lesson(course=course, position=place, slug=f"s{place}", title=f"Step {place}", body="")
        for place in (2, 3, 5, 8)
    )
    return course


def shelf():
    return "".join(Course.objects.values_list("slug", flat=True))


def row(course):
    return list(course.lessons.order_by("position").values_list("slug", flat=True))


def move(client, one, to):
    kind = "courses" if isinstance(one, Course) else "lessons"
    return client.post(f"/console/{kind}/{one.pk}/move/", {"to": to}, follow=True)


def test_course_moves_and_the_shop_follows(three, staff, browser):
    office = browser(staff)

    page = move(office, three[2], "up").text

    assert shelf() == "acb"
    assert "“Gamma” stands in place 2." in page
    shop = browser().get("/").text
    assert shop.index("Alpha") < shop.index("Gamma") < shop.index("Bravo")


def test_courses_in_the_same_place_move_from_where_the_page_shows_them(db, staff, browser):
    for title in ("apple", "Banana", "cherry", "Ábaco"):
        make.course(title.lower().replace("á", "a"), title=title)
    first, second, third, fourth = Course.objects.all()

    move(browser(staff), third, "up")

    assert list(Course.objects.all()) == [first, third, second, fourth]


def test_lesson_moves_within_its_course(steps, staff, browser):
    office = browser(staff)

    move(office, steps.lessons.get(slug="s8"), "up")
    move(office, steps.lessons.get(slug="s2"), "down")

    assert row(steps) == ["s3", "s2", "s8", "s5"]
    assert sorted(steps.lessons.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_ends_of_the_row_stay_and_are_not_offered(three, staff, browser, owner):
    office = browser(staff)
    page = office.get("/console/courses/").text

    move(office, three[0], "up")
    move(office, three[2], "down")

    assert shelf() == "abc"
    assert page.count(" disabled>") == 2
    assert owner.execute("SELECT count(*) FROM core_audit").fetchone() == (0,)


def test_each_move_is_a_line_of_the_audit_log(three, steps, staff, browser, owner):
    move(browser(staff), three[0], "down")
    lesson = steps.lessons.get(slug="s2")
    move(browser(staff), lesson, "down")

    acts = owner.execute("SELECT act, thing, by, data FROM core_audit ORDER BY id").fetchall()
    assert [act[:3] for act in acts] == [
        ("course.move", str(three[0].pk), staff.email),
        ("lesson.move", str(lesson.pk), staff.email),
    ]
    assert acts[1][3] == {"title": "Step 2", "place": 2}


@pytest.mark.parametrize("to", ["", "sideways", "1", "\x00"])
def test_nonsense_moves_nothing(three, staff, browser, to):
    move(browser(staff), three[1], to)

    assert shelf() == "abc"


def test_what_is_gone_is_not_found(staff, browser):
    for kind in ("courses", "lessons"):
        assert browser(staff).post(f"/console/{kind}/{NOBODY}/move/", {"to": "up"}).status_code == 404
    assert browser(staff).get(f"/console/courses/{NOBODY}/lessons/").status_code == 404


def test_buyer_and_stranger_move_nothing(three, buyer, browser):
    answers = [move(client, three[1], "up").status_code for client in (browser(buyer), browser())]

    assert answers == [404, 404]
    assert shelf() == "abc"


def test_two_who_move_at_once_both_count(steps, db):
    from django.db import connections

    from tollkeeper.catalog.services import DOWN, UP, move_lesson

    start = threading.Barrier(2)

    def moving(slug, step):
        start.wait()
        try:
            move_lesson(steps.lessons.get(slug=slug).pk, step=step, by="staff@example.com")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=moving, args=one) for one in (("s2", DOWN), ("s8", UP))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert row(steps) == ["s3", "s2", "s8", "s5"]


def test_long_courses_ask_as_often_as_short_ones(steps, staff, asked):
    path = f"/console/courses/{steps.pk}/lessons/"
    few = asked(path, staff)
    Lesson.objects.bulk_create(
        Lesson(course=steps, position=place, slug=f"s{place}", title="More", body="") for place in range(20, 40)
    )

    assert asked(path, staff) == few
