"""Reads of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tollkeeper.catalog.errors import NoSuchCourse, NoSuchFile, NoSuchLesson
from tollkeeper.catalog.models import Course, Lesson, LessonFile


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
    found.course = course
    return found


def lessons_of_many(course_ids: Iterable[UUID]) -> dict[UUID, list[Lesson]]:
    """The lessons of several courses in their orders, without their bodies; a course without lessons is left out."""
    found: dict[UUID, list[Lesson]] = {}
    for lesson in Lesson.objects.filter(course_id__in=frozenset(course_ids)).defer("body").order_by("position"):
        found.setdefault(lesson.course_id, []).append(lesson)
    return found


def free_lessons() -> list[Lesson]:
    """The lessons of courses for sale that anybody may read, with their courses."""
    rows = Lesson.objects.filter(preview=True, course__active=True).select_related("course")
    return list(rows.defer("body").order_by("course__position", "position"))


def files_of(lesson: Lesson) -> list[LessonFile]:
    """The lesson's files in order, each with the lesson at hand."""
    found = list(LessonFile.objects.filter(lesson=lesson).order_by("position", "name"))
    for one in found:
        one.lesson = lesson
    return found


def file_for(lesson: Lesson, name: str) -> LessonFile:
    """The file of that name in the lesson. Whether the asker may have it is for the page to ask.

    Raises:
        NoSuchFile: the lesson has none.
    """
    found = LessonFile.objects.filter(lesson=lesson, name=_whole(name)).first()
    if found is None:
        raise NoSuchFile
    found.lesson = lesson
    return found


def _whole(slug: str) -> str:
    # PostgreSQL refuses NUL in any text, and an address may carry one.
    return slug.replace("\x00", "")
