"""What can go wrong with what is for sale."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class NoSuchCourse(Refusal):
    """There is no such course."""

    code = "no_such_course"
    remedy = "Choose one from the list of courses."
    http_status = 404


class NoSuchLesson(Refusal):
    """There is no such lesson in this course."""

    code = "no_such_lesson"
    remedy = "Choose one from the course's list of lessons."
    http_status = 404


class NoSuchFile(Refusal):
    """There is no such file in this lesson, or not for you."""

    code = "no_such_file"
    remedy = "Open it from the lesson; if the course is yours, sign in first."
    http_status = 404
