"""Courses and lessons."""

from __future__ import annotations

from tollkeeper.catalog.models import Course, Lesson


def course(slug="python", **rest):
    words = {"title": slug.title(), "summary": "Short.", "description": "Long.", "price_minor": 49_900}
    return Course.objects.create(slug=slug, **words | rest)


def lesson(of, slug="first", position=1, **rest):
    return Lesson.objects.create(course=of, slug=slug, position=position, title=slug.title(), body="Text.", **rest)
