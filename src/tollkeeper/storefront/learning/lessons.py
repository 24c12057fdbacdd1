"""The pages of lessons, and the act of being done with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tollkeeper.accounts.models import Person
from tollkeeper.catalog.markdown import render as render_markdown
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.catalog.queries import course_for, courses_by_id, files_of, lesson_for, lessons_of
from tollkeeper.fulfilment.enrolments.progress import mark_done, mark_not_done
from tollkeeper.storefront.answers import SeeOther
from tollkeeper.storefront.views_shop import course_of, shelves
from tollkeeper.storefront.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Seat:
    """A lesson, and how the visitor stands before it.

    Args:
        is_open: the whole course may be read: it is theirs, or they are staff.
        is_learner: it is theirs, so that progress is kept.
    """

    visitor: Visitor
    course: Course
    lesson: Lesson
    is_open: bool
    is_learner: bool

    @property
    def may_read(self) -> bool:
        """Whether this lesson may be read: bought, a free preview, or looked at by staff."""
        return self.is_open or self.lesson.preview


def seat(request: HttpRequest, slug: str, lesson_slug: str) -> Seat:
    """The lesson of an address. Whoever asks must still look at `may_read`.

    Raises:
        NoSuchCourse, NoSuchLesson: there is none, or the course is not shown to them.
    """
    visitor = Visitor.of(request)
    staff = _is_staff(request)
    course = course_for(slug) if staff else course_of(visitor, slug)
    is_learner = course.id in visitor.open_courses
    return Seat(visitor, course, lesson_for(course, lesson_slug), is_learner or staff, is_learner)


@require_safe
def learn(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Into the course, where the learner stopped; who may not read is shown what the course is."""
    visitor = Visitor.of(request)
    course = course_of(visitor, slug)
    stand = visitor.readings([course.id])[course.id]
    if not stand.lessons or course.id not in visitor.open_courses:
        return SeeOther(reverse("storefront:course", args=(slug,)))
    return SeeOther((stand.place or stand.lessons[0]).address_in(course))


@require_safe
def lesson(request: HttpRequest, slug: str, lesson_slug: str) -> HttpResponseBase:
    """One lesson. Who follows a link to a closed one lands on the course's page."""
    taken = seat(request, slug, lesson_slug)
    if not taken.may_read:
        return SeeOther(reverse("storefront:course", args=(slug,)))
    context = lesson_context(taken)
    if taken.is_learner:
        stand = taken.visitor.readings([taken.course.id])[taken.course.id]
        context |= {"reading": stand, "is_done": taken.lesson.pk in stand.done}
    return render(request, "storefront/lesson.html", context)


@require_POST
def done(request: HttpRequest, slug: str, lesson_slug: str) -> HttpResponseBase:
    """The learner says that the lesson is done, or not after all; then on to the next one, or back to this one."""
    taken = seat(request, slug, lesson_slug)
    who: dict[str, Any] = {"person_id": taken.visitor.person_id, "order_ids": taken.visitor.orders_here}
    if request.POST.get("done") == "no":
        mark_not_done(taken.lesson.pk, **who)
        return SeeOther(taken.lesson.address)
    mark_done(taken.lesson.pk, taken.course.pk, **who)
    following = lesson_context(taken)["following"]
    return SeeOther(following.address_in(taken.course) if following else reverse("storefront:course", args=(slug,)))


@require_safe
def my_courses(request: HttpRequest) -> HttpResponse:
    """The visitor's courses: open with how far they came, pending, waiting for payment."""
    visitor = Visitor.of(request)
    ids = set(visitor.open_courses) | set(visitor.ordered_courses)
    mine = shelves(visitor, sorted(courses_by_id(ids).values(), key=lambda one: one.position))
    stands = visitor.readings(visitor.open_courses)
    shown = [(course, standing, stands.get(course.id)) for course, standing in mine if standing.state != "buy"]
    return render(request, "storefront/my_courses.html", {"shelves": shown})


def lesson_context(taken: Seat) -> dict[str, Any]:
    """What every form of a lesson's page shows: its text and files, and the readable lessons before and after it."""
    lessons = lessons_of(taken.course)
    readable = [one for one in lessons if taken.is_open or one.preview]
    here = readable.index(taken.lesson)
    return {
        "course": taken.course,
        "lesson": taken.lesson,
        "body": render_markdown(taken.lesson.body),
        "files": files_of(taken.lesson),
        "lessons": lessons,
        "is_open": taken.is_open,
        "previous": readable[here - 1] if here else None,
        "following": readable[here + 1] if here + 1 < len(readable) else None,
    }


def _is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, Person) and request.user.is_staff and request.user.is_active
