from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from catalog.make import course, lesson
from tollkeeper.catalog.errors import NoSuchCourse, NoSuchLesson
from tollkeeper.catalog.queries import active_courses, course_for, courses_by_id, lesson_for, lessons_of
from tollkeeper.core.ids import new_id
from tollkeeper.core.money import Money

pytestmark = pytest.mark.usefixtures("db")


def test_shop_shows_active_courses_in_its_order():
    last, first = course("a", position=2), course("b", position=1)
    course("hidden", position=0, active=False)

    assert active_courses() == [first, last]


def test_course_no_longer_sold_is_still_found():
    hidden = course("hidden", active=False)

    assert course_for("hidden") == hidden
    assert courses_by_id([hidden.pk, new_id()]) == {hidden.pk: hidden}


@pytest.mark.parametrize("slug", ["", "nothing", "PYTHON", "python\x00", "'; --", "p" * 5000])
def test_unknown_course_is_refused(slug):
    course("other")

    with pytest.raises(NoSuchCourse):
        course_for(slug)


def test_no_ids_ask_the_database_nothing():
    assert courses_by_id([]) == {}


def test_lessons_come_in_order():
    python = course()
    second, first = lesson(python, "second", 2), lesson(python, "first", 1)

    assert lessons_of(python) == [first, second]


def test_lesson_belongs_to_its_course():
    python, other = course(), course("other")
    first = lesson(python, "first")

    assert lesson_for(python, "first") == first
    with pytest.raises(NoSuchLesson):
        lesson_for(other, "first")


def test_course_knows_its_price_and_its_name_on_an_order():
    python = course(price_minor=49_900)

    assert python.price == Money(49_900, "ZAR")
    assert python.item == f"course:{python.pk}"


@pytest.mark.parametrize("wrong", [{"price_minor": -1}, {"currency": "zar"}, {"currency": "R"}])
def test_database_refuses_a_wrong_price(wrong):
    with pytest.raises(IntegrityError, match="catalog_course_"):
        course(**wrong)


def test_course_with_lessons_cannot_be_deleted():
    python = course()
    lesson(python)

    with pytest.raises(ProtectedError):
        python.delete()


def test_lessons_can_change_places_in_one_transaction():
    python = course()
    first, second = lesson(python, "first", 1), lesson(python, "second", 2)

    with transaction.atomic():
        first.position, second.position = 2, 1
        first.save()
        second.save()

    assert lessons_of(python) == [second, first]
