"""Courses and lessons are edited in the house's manner: exact money, an audit line, and nothing sold is deleted."""

from __future__ import annotations

import pytest

from storefront import make
from tollkeeper.catalog.models import Course, Lesson

EDIT = "/console/edit/catalog"


def fields(course, **more):
    lessons = list(course.lessons.order_by("position"))
    data = {
        "title": course.title, "slug": course.slug, "summary": course.summary, "description": course.description,
        "price": "524.00", "currency": "ZAR", "cover": "", "active": "on", "position": "0",
        "lessons-TOTAL_FORMS": str(len(lessons)), "lessons-INITIAL_FORMS": str(len(lessons)),
        "lessons-MIN_NUM_FORMS": "0", "lessons-MAX_NUM_FORMS": "1000",
    }  # fmt: skip
    for number, lesson in enumerate(lessons):
        data |= {
            f"lessons-{number}-id": str(lesson.pk),
            f"lessons-{number}-course": str(course.pk),
            f"lessons-{number}-position": str(lesson.position),
            f"lessons-{number}-minutes": str(lesson.minutes),
        } | ({f"lessons-{number}-preview": "on"} if lesson.preview else {})
    return data | more


def save(client, course, **more):
    return client.post(f"{EDIT}/course/{course.pk}/change/", fields(course, **more))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("524.00", 52_400), ("1250.5", 125_050), ("0.01", 1), ("9007199254.93", None), ("29.99", 2_999)],
)
def test_price_is_typed_as_people_write_it_and_stored_exactly(course, staff, browser, typed, stored):
    save(browser(staff), course, price=typed)

    assert Course.objects.get(pk=course.pk).price_minor == (stored or 52_400)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [("1.005", "ZAR"), ("0", "ZAR"), ("-5", "ZAR"), ("free", "ZAR"), ("1e400", "ZAR"), ("NaN", "ZAR"), ("1.5", "JPY"),
     ("5", "RANDS")],
)  # fmt: skip
def test_price_that_is_none_is_refused_with_a_sentence(course, staff, browser, typed, currency):
    answer = save(browser(staff), course, price=typed, currency=currency)

    assert answer.status_code == 200
    assert "errorlist" in answer.text or "error" in answer.text
    assert Course.objects.get(pk=course.pk).price_minor == 52_400


def test_two_lessons_change_places(course, staff, browser):
    answer = save(browser(staff), course, **{"lessons-0-position": "2", "lessons-1-position": "1"})

    assert answer.status_code == 302
    assert list(course.lessons.order_by("position").values_list("slug", flat=True)) == ["frame", "light"]


def test_two_lessons_cannot_share_a_place(course, staff, browser):
    answer = save(browser(staff), course, **{"lessons-0-position": "2"})

    assert "Two lessons have the same place" in answer.text
    assert list(course.lessons.order_by("position").values_list("slug", flat=True)) == ["light", "frame"]


def test_change_is_in_the_audit_log(course, staff, browser, owner):
    save(browser(staff), course, title="Photography")

    acts = owner.execute("SELECT act, thing, by, data ->> 'title' FROM core_audit").fetchall()
    assert acts == [("course.change", str(course.pk), staff.email, "Photography")]
    assert owner.execute("SELECT count(*) FROM django_admin_log").fetchone() == (0,)


def test_course_is_never_deleted(course, staff, browser):
    client = browser(staff)

    assert client.post(f"{EDIT}/course/{course.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{EDIT}/course/", {"action": "delete_selected", "_selected_action": [course.pk], "post": "yes"})
    assert Course.objects.filter(pk=course.pk).exists()


def test_lesson_of_a_sold_course_is_never_deleted(buyer, course, staff, browser):
    unsold = make.course("other", title="Other")
    make.paid(buyer, course)
    client = browser(staff)

    for one, status in ((course, 403), (unsold, 302)):
        lesson = one.lessons.first()
        assert client.post(f"{EDIT}/lesson/{lesson.pk}/delete/", {"post": "yes"}).status_code == status
    assert Lesson.objects.filter(course=course).count() == 2


def test_preview_shows_markdown_and_saves_nothing(course, staff, browser):
    page = browser(staff).post("/console/preview/", {"title": "Light", "body": "It *begins* <script>x</script>."}).text

    assert "<em>begins</em>" in page
    assert "<script>x" not in page


def test_long_lists_of_courses_ask_as_often_as_short_ones(course, staff, asked):
    few = asked("/console/courses/", staff)
    for number in range(20):
        make.course(f"course-{number}", title=f"Course {number}")

    assert asked("/console/courses/", staff) == few


def test_admins_lists_lead_to_the_offices_own(staff, browser):
    for model in ("course", "lesson"):
        assert browser(staff).get(f"{EDIT}/{model}/")["Location"] == "/console/courses/"
