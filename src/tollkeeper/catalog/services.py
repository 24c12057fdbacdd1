"""Acts on the shelf: which course stands where, and which lesson."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from tollkeeper.catalog.errors import NoSuchCourse, NoSuchLesson
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.core import audit
from tollkeeper.core.orm import raw_cursor

UP, DOWN = -1, 1


def move_course(course_id: UUID, *, step: int, by: str) -> int:
    """Let a course change places with its neighbour in the shop. At the end of the row nothing happens.

    Args:
        step: `UP` or `DOWN`.
        by: the person's e-mail address.

    Returns:
        Its place afterwards, from 1.

    Raises:
        NoSuchCourse: it is gone.
    """
    with transaction.atomic():
        # Locked in the keys' order, so that two who move at once never stop each other; then read in the shop's order,
        # for only the database knows how titles follow each other where places are the same.
        list(Course.objects.select_for_update(no_key=True).only("pk").order_by("pk"))
        shelf = list(Course.objects.only("position", "title"))
        place = next((place for place, course in enumerate(shelf) if course.pk == course_id), None)
        if place is None:
            raise NoSuchCourse
        return _moved(shelf, place, step, by=by)


def move_lesson(lesson_id: UUID, *, step: int, by: str) -> int:
    """Let a lesson change places with its neighbour in the course. Arguments and answer as `move_course`.

    Raises:
        NoSuchLesson: it is gone.
    """
    with transaction.atomic():
        known = Lesson.objects.filter(pk=lesson_id).only("course_id").first()
        if known is None:
            raise NoSuchLesson
        row = Lesson.objects.filter(course_id=known.course_id).only("position", "title")
        list(row.select_for_update(no_key=True).order_by("pk"))
        row = row.order_by("position")
        place = next((place for place, lesson in enumerate(row) if lesson.pk == lesson_id), None)
        if place is None:
            raise NoSuchLesson
        return _moved(list(row), place, step, by=by)


def _moved(row: Sequence[Course | Lesson], place: int, step: int, *, by: str) -> int:
    """Change two neighbours and number the row from 1, so that no two share a place; the place from 1."""
    there = place + step
    if not 0 <= there < len(row):
        return place + 1
    order: list[Course | Lesson] = list(row)
    order[place], order[there] = order[there], order[place]
    for number, one in enumerate(order, start=1):
        if one.position != number:
            one.position = number
            one.save(update_fields=["position"])
    moved = order[there]
    with raw_cursor() as cursor:
        told = {"title": moved.title, "place": there + 1}
        audit.record(cursor, act=f"{moved._meta.model_name}.move", thing=str(moved.pk), by=by, data=told)  # noqa: SLF001  Django's own
    return there + 1
