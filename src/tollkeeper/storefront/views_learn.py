"""Reading what was bought."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tollkeeper.catalog.markdown import render as render_markdown
from tollkeeper.catalog.queries import courses_by_id, lesson_for, lessons_of
from tollkeeper.storefront.answers import SeeOther
from tollkeeper.storefront.views_shop import course_of, shelves
from tollkeeper.storefront.visitor import Visitor


@require_safe
def learn(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Into the course, at its first lesson; who may not read is shown what the course is."""
    visitor = Visitor.of(request)
    course = course_of(visitor, slug)
    lessons = lessons_of(course)
    if not lessons or course.id not in visitor.open_courses:
        return SeeOther(reverse("storefront:course", args=(slug,)))
    return SeeOther(reverse("storefront:lesson", args=(slug, lessons[0].slug)))


@require_safe
def lesson(request: HttpRequest, slug: str, lesson_slug: str) -> HttpResponseBase:
    """One lesson. Who follows a link to a closed one lands on the course's page."""
    visitor = Visitor.of(request)
    course = course_of(visitor, slug)
    shown = lesson_for(course, lesson_slug)
    is_open = course.id in visitor.open_courses
    if not (is_open or shown.preview):
        return SeeOther(reverse("storefront:course", args=(slug,)))
    lessons = lessons_of(course)
    readable = [one for one in lessons if is_open or one.preview]
    here = readable.index(shown)
    context = {
        "course": course,
        "lesson": shown,
        "body": render_markdown(shown.body),
        "lessons": lessons,
        "is_open": is_open,
        "previous": readable[here - 1] if here else None,
        "following": readable[here + 1] if here + 1 < len(readable) else None,
    }
    return render(request, "storefront/lesson.html", context)


@require_safe
def my_courses(request: HttpRequest) -> HttpResponse:
    """The visitor's courses: open, pending, waiting for payment."""
    visitor = Visitor.of(request)
    ids = set(visitor.open_courses) | set(visitor.ordered_courses)
    mine = [
        pair
        for pair in shelves(visitor, sorted(courses_by_id(ids).values(), key=lambda one: one.position))
        if pair[1].state != "buy"
    ]
    return render(request, "storefront/my_courses.html", {"shelves": mine})
