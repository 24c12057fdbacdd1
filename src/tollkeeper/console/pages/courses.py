"""The shelf: courses in the shop's order, lessons in their course's, and moving both by buttons."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.catalog.queries import lessons_of
from tollkeeper.catalog.services import DOWN, UP, move_course, move_lesson
from tollkeeper.console.doors import done, staff_of, staff_page
from tollkeeper.storefront.answers import SeeOther

STEPS = {"up": UP, "down": DOWN}


@require_safe
@staff_page
def courses(request: HttpRequest) -> HttpResponse:
    """Every course, sold or not, in the shop's order."""
    found = Course.objects.annotate(lesson_count=Count("lessons")).defer("description")
    return render(request, "console/courses.html", {"courses": found, "here": "courses"})


@require_safe
@staff_page
def lessons(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The lessons of a course, in its order."""
    course = Course.objects.filter(pk=course_id).first()
    if course is None:
        raise Http404
    return render(request, "console/lessons.html", {"course": course, "lessons": lessons_of(course), "here": "courses"})


@require_POST
@staff_page
def course_moves(request: HttpRequest, course_id: UUID) -> HttpResponseBase:
    """One place up or down in the shop."""
    course = Course.objects.filter(pk=course_id).first()
    if course is None:
        raise Http404
    if step := STEPS.get(request.POST.get("to", "")):
        _tell(request, course.title, move_course(course_id, step=step, by=staff_of(request).email))
    return SeeOther(f"{reverse('console:courses')}#at-{course_id}")


@require_POST
@staff_page
def lesson_moves(request: HttpRequest, lesson_id: UUID) -> HttpResponseBase:
    """One place up or down in its course."""
    lesson = Lesson.objects.filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404
    if step := STEPS.get(request.POST.get("to", "")):
        _tell(request, lesson.title, move_lesson(lesson_id, step=step, by=staff_of(request).email))
    return SeeOther(f"{reverse('console:lessons', args=(lesson.course_id,))}#at-{lesson_id}")


def _tell(request: HttpRequest, title: str, place: int) -> None:
    done(request, _("“%(title)s” stands in place %(place)d.") % {"title": title, "place": place})
