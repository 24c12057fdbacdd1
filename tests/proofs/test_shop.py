from __future__ import annotations

import contextlib
import io
import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import check_password
from tollkeeper.catalog.markdown import render
from tollkeeper.catalog.models import Course, Lesson
from tollkeeper.catalog.queries import active_courses, lessons_of
from tollkeeper.core.settings import Environment, settings
from tollkeeper.proofs.shop import SIGN_INS, NotADemo, build_shop, course_texts

TEXTS = course_texts()
LESSONS = [(course, lesson) for course in TEXTS for lesson in course.lessons]


@pytest.fixture
def folder(db, tmp_path, monkeypatch):
    """A data folder of the test's own."""
    monkeypatch.setattr(settings(), "data_dir", tmp_path / "data")
    return tmp_path / "data"


def test_shop_has_courses_with_lessons_and_prices(folder):
    shop = build_shop()

    assert active_courses() == list(shop.courses)
    assert len(shop.courses) == 6
    assert all(3 <= len(lessons_of(course)) <= 6 for course in shop.courses)
    assert all(course.currency == "ZAR" and 10_000 <= course.price_minor <= 100_000 for course in shop.courses)


def test_building_twice_changes_nothing(folder):
    first = build_shop()
    Course.objects.filter(slug=first.courses[0].slug).update(title="Mended by hand")

    second = build_shop()

    assert second.courses[0].title == "Mended by hand"
    assert second.sign_ins == first.sign_ins
    assert (Course.objects.count(), Lesson.objects.count(), Person.objects.count()) == (6, len(LESSONS), 2)


def test_building_at_once_builds_one_shop(folder):
    def build(_):
        try:
            return build_shop(people=False)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(build, range(3)))

    assert (Course.objects.count(), Lesson.objects.count()) == (6, len(LESSONS))


def test_measurements_can_have_more_courses(folder):
    shop = build_shop(courses=14, people=False)

    assert len({course.slug for course in shop.courses}) == 14
    assert shop.sign_ins == ()
    assert Person.objects.count() == 0


def test_demo_people_sign_in_with_what_is_written_down(folder):
    shop = build_shop()

    signed_in = {entry.role: check_password(email=entry.email, password=entry.password) for entry in shop.sign_ins}

    assert {role: person.is_staff for role, person in signed_in.items()} == {"buyer": False, "staff": True}


def test_passwords_are_for_the_owner_of_the_folder_only(folder):
    shop = build_shop()
    path = folder / SIGN_INS

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry["password"] for entry in json.loads(path.read_text())] == [e.password for e in shop.sign_ins]
    assert not any(entry.password in repr(shop) for entry in shop.sign_ins)


@pytest.mark.parametrize("loss", ["gone", "", "{}", "[1]", '[{"role": "buyer"}]'])
def test_lost_passwords_are_made_anew(folder, loss):
    first = build_shop()
    path = folder / SIGN_INS
    path.unlink() if loss == "gone" else path.write_text(loss)

    second = build_shop()

    assert second.sign_ins != first.sign_ins
    assert all(check_password(email=entry.email, password=entry.password) for entry in second.sign_ins)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_shop_that_takes_real_money_gets_no_demo(folder, monkeypatch):
    monkeypatch.setattr(settings(), "environment", Environment.PRODUCTION)

    with pytest.raises(NotADemo):
        build_shop()

    assert (Course.objects.count(), Person.objects.count()) == (0, 0)
    assert not (folder / SIGN_INS).exists()


@pytest.mark.parametrize("course", TEXTS, ids=lambda course: course.slug)
def test_each_course_lets_a_newcomer_read_before_buying(course):
    assert course.lessons[0].preview
    assert not all(lesson.preview for lesson in course.lessons)
    assert 60 <= len(course.summary) <= 200


@pytest.mark.parametrize(("course", "lesson"), LESSONS, ids=lambda text: text.slug)
def test_each_lesson_is_short_structured_and_clean(course, lesson):
    html = render(lesson.body)

    assert 150 <= len(re.sub(r"<[^>]+>", " ", html).split()) <= 360
    assert html.count("<h2>") >= 2
    assert not re.search(r"\*\*|^#|\||```", re.sub(r"(?s)<(pre|code).*?</\1>", "", html), re.MULTILINE)
    assert 5 <= lesson.minutes <= 20


def test_python_lessons_run_as_printed():
    (python,) = (course for course in TEXTS if course.slug == "python-first-steps")
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        for lesson in python.lessons:
            names: dict[str, object] = {}
            for code in re.findall(r"```python\n(.*?)```", lesson.body, re.DOTALL):
                exec(code, names)

    for line in ("900", "Corner Café owes R 900", "0.30000000000000004", "R 45.99", "18500", "R 0.05", "all well"):
        assert line in printed.getvalue().splitlines()
