"""A small school to look round in: the same courses and people for the demo, the tests and the measurements.

Courses are Markdown files under `content/`: a folder for each course, a file for each lesson, numbered in their order;
what a lesson hands out lies in the course's `files/` and is named in the lesson's head.
What is in the database already is left alone, so that whoever changes a demo course keeps the change.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction

from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import register_person
from tollkeeper.catalog.models import Course, Lesson, LessonFile
from tollkeeper.core.errors import Fault, Refusal
from tollkeeper.core.ids import ALPHABET
from tollkeeper.core.settings import settings

SIGN_INS = "demo_sign_ins.json"
"""In the data folder, mode 0600: the passwords are made at the first run and known nowhere else."""

_PEOPLE = {"buyer": ("buyer@example.com", "Demo buyer"), "staff": ("staff@example.com", "Demo staff")}


class NotADemo(Refusal):
    """Demo people and courses have no place in a shop that takes real money."""

    code = "not_a_demo"
    remedy = "Run the demo in an instance whose TOLLKEEPER_ENVIRONMENT is not production."


class BrokenContent(Fault):
    """A course file cannot be read."""

    code = "broken_content"
    remedy = "Mend the file that the sentence names: TOML between two lines of +++, then Markdown."


@dataclass(frozen=True, slots=True)
class FileText:
    """A file that belongs to a lesson: what the learner reads, its name, and its bytes."""

    title: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LessonText:
    """A lesson as its file has it. `minutes` is how long a careful reader takes."""

    slug: str
    title: str
    body: str
    minutes: int
    preview: bool
    files: tuple[FileText, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseText:
    """A course as its folder has it. The price is in cents of a rand."""

    slug: str
    title: str
    summary: str
    description: str
    price_minor: int
    lessons: tuple[LessonText, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a demo person signs in. `role` is `buyer` or `staff`."""

    role: str
    email: str
    password: str

    def __repr__(self) -> str:
        return f"SignIn(role={self.role!r}, email={self.email!r})"


@dataclass(frozen=True, slots=True)
class Shop:
    """What was built: the courses in the shop's order, and who can sign in."""

    courses: tuple[Course, ...]
    sign_ins: tuple[SignIn, ...]


@cache
def course_texts() -> tuple[CourseText, ...]:
    """Every course that ships, in order.

    Raises:
        BrokenContent: names the file.
    """
    folder = resources.files("tollkeeper.proofs") / "content"
    return tuple(_course_text(entry) for entry in _numbered(folder))


def build_shop(*, courses: int = 6, people: bool = True) -> Shop:
    """Fill an empty shop, or complete one. Twice changes nothing.

    Args:
        courses: how many; beyond those that ship, they repeat under numbered names, for measurements.
        people: whether to make the demo buyer and the demo staff member, and write down their passwords.

    Raises:
        NotADemo: this instance takes real money.
    """
    if settings().production:
        raise NotADemo
    with transaction.atomic():
        _alone()
        sign_ins = _sign_ins(settings().data_dir / SIGN_INS) if people else ()
        built = tuple(_built(text, position) for position, text in enumerate(_wanted(courses), start=1))
        for sign_in in sign_ins:
            _admitted(sign_in)
    return Shop(built, sign_ins)


def _wanted(number: int) -> Iterator[CourseText]:
    texts = course_texts()
    for place in range(number):
        text, group = texts[place % len(texts)], place // len(texts) + 1
        if group == 1:
            yield text
        else:
            title = f"{text.title}, group {group}"
            yield CourseText(
                f"{text.slug}-{group}", title, text.summary, text.description, text.price_minor, text.lessons
            )


def _built(text: CourseText, position: int) -> Course:
    course, is_new = Course.objects.get_or_create(
        slug=text.slug,
        defaults={
            "title": text.title,
            "summary": text.summary,
            "description": text.description,
            "price_minor": text.price_minor,
            "currency": "ZAR",
            "position": position,
        },
    )
    if is_new:
        for place, lesson in enumerate(text.lessons, start=1):
            _written(course, lesson, place)
    return course


def _written(course: Course, text: LessonText, place: int) -> None:
    """A lesson with its files, which only its readers get."""
    lesson = Lesson.objects.create(
        course=course,
        position=place,
        slug=text.slug,
        title=text.title,
        body=text.body,
        minutes=text.minutes,
        preview=text.preview,
    )
    for number, one in enumerate(text.files, start=1):
        file = LessonFile(lesson=lesson, title=one.title, position=number)
        file.file.save(one.name, ContentFile(one.content))


def _admitted(sign_in: SignIn) -> None:
    """Make the person, or give one who is there already the password that is written down."""
    person = Person.objects.with_email(sign_in.email).first()
    if person is None:
        name = _PEOPLE[sign_in.role][1]
        register_person(email=sign_in.email, name=name, password=sign_in.password, is_staff=sign_in.role == "staff")
    elif not person.check_password(sign_in.password):
        person.set_password(sign_in.password)
        person.is_staff = sign_in.role == "staff"
        person.save(update_fields=["password", "is_staff"])


def _sign_ins(path: Path) -> tuple[SignIn, ...]:
    known = _read_sign_ins(path)
    if known is None:
        known = tuple(SignIn(role, email, _password()) for role, (email, _) in _PEOPLE.items())
        _write_sign_ins(path, known)
    return known


def _read_sign_ins(path: Path) -> tuple[SignIn, ...] | None:
    """What is written down, or None where nothing usable is."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        known = tuple(SignIn(entry["role"], entry["email"], entry["password"]) for entry in entries)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    expected = {(role, email) for role, (email, _) in _PEOPLE.items()}
    return known if {(entry.role, entry.email) for entry in known} == expected else None


def _write_sign_ins(path: Path, sign_ins: tuple[SignIn, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump([asdict(sign_in) for sign_in in sign_ins], file, indent=2)
    partial.replace(path)


def _password() -> str:
    """Sixty random bits in three groups that are easily typed."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(12)).lower()
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def _alone() -> None:
    """Let one process build at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tollkeeper.proofs.shop', 0))")


def _course_text(folder: Any) -> CourseText:
    head, description = _parts(folder / "course.md")
    lessons = tuple(_lesson_text(folder, file) for file in _numbered(folder))
    try:
        return CourseText(
            _slug(folder.name), head["title"], head["summary"], description, int(head["price_minor"]), lessons
        )
    except (KeyError, ValueError) as error:
        raise BrokenContent(f"{folder.name}/course.md lacks {error}.") from error


def _lesson_text(folder: Any, file: Any) -> LessonText:
    head, body = _parts(file)
    try:
        files = tuple(
            FileText(title, name, (folder / "files" / name).read_bytes())
            for name, title in head.get("files", {}).items()
        )
        slug = _slug(file.name.removesuffix(".md"))
        return LessonText(slug, head["title"], body, int(head["minutes"]), head.get("preview", False), files)
    except (KeyError, ValueError) as error:
        raise BrokenContent(f"{file.name} lacks {error}.") from error
    except OSError as error:
        raise BrokenContent(f"{file.name} names a file that cannot be read: {error}.") from error


def _parts(file: Any) -> tuple[dict[str, Any], str]:
    """A file's TOML head and its Markdown."""
    try:
        _, head, body = file.read_text(encoding="utf-8").split("+++\n", 2)
        return tomllib.loads(head), body.strip()
    except (OSError, ValueError) as error:
        raise BrokenContent(f"{file.name} cannot be read: {error}.") from error


def _numbered(folder: Any) -> list[Any]:
    """The folder's entries that begin with a number, in its order."""
    entries = [entry for entry in folder.iterdir() if entry.name.partition("-")[0].isdigit()]
    return sorted(entries, key=lambda entry: int(entry.name.partition("-")[0]))


def _slug(name: str) -> str:
    return name.partition("-")[2]
