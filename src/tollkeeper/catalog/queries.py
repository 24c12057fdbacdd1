"""Reads of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tollkeeper.catalog.errors import NoSuchCourse, NoSuchLesson
from tollkeeper.catalog.models import Course, Lesson


def active_courses() -> list[Course]:
    """The courses that are sold, in the shop's order."""
    return list(Course.objects.filter(active=True))


def course_for(slug: str) -> Course:
    """The course of that address, sold or not: who bought it keeps it.

    Raises:
        NoSuchCourse: there is none.
    """
    found = Course.objects.filter(slug=_whole(slug)).first()
    if found is None:
        raise NoSuchCourse
    return found


def courses_by_id(ids: Iterable[UUID]) -> dict[UUID, Course]:
    """The courses with those ids, sold or not; unknown ids are left out."""
    wanted = frozenset(ids)
    return Course.objects.in_bulk(wanted) if wanted else {}


def lessons_of(course: Course) -> list[Lesson]:
    """The course's lessons in order, without their bodies."""
    return list(Lesson.objects.filter(course=course).defer("body").order_by("position"))


def lesson_for(course: Course, slug: str) -> Lesson:
    """The lesson of that address within the course. Whether the reader may see it is for the page to ask.

    Raises:
        NoSuchLesson: the course has none.
    """
    found = Lesson.objects.filter(course=course, slug=_whole(slug)).first()
    if found is None:
        raise NoSuchLesson
    return found


def _whole(slug: str) -> str:
    # PostgreSQL refuses NUL in any text, and an address may carry one.
    return slug.replace("\x00", "")
