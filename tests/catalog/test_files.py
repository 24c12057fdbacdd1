from __future__ import annotations

import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from catalog.make import course, lesson
from tollkeeper.catalog.errors import NoSuchFile
from tollkeeper.catalog.files import MOST_BYTES, LessonFiles, check_size, clean_name, free_name, medium
from tollkeeper.catalog.models import LessonFile
from tollkeeper.catalog.queries import file_for, files_of
from tollkeeper.core.settings import settings


@pytest.fixture
def first(db):
    return lesson(course())


def put(of, name="Diagram.PNG", content=b"picture"):
    made = LessonFile(lesson=of)
    made.file.save(name, ContentFile(content))
    return made


def on_disk(file):
    return settings().data_dir / "files" / "lessons" / file.file.name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Diagram.PNG", "diagram.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Notes (1).pdf", "notes-1.pdf"),
        (".htaccess", "htaccess"),
        ("схема уроку.pdf", "схема-уроку.pdf"),
        ("a\x00b/c\nd.mp3", "c-d.mp3"),
        ("...", "file"),
        ("", "file"),
        ("x" * 400 + ".mp4", "x" * 96 + ".mp4"),
    ],
)
def test_names_are_cleaned_of_everything_that_could_be_a_path(given, kept):
    assert clean_name(given) == kept


def test_taken_name_gets_a_number():
    assert free_name("a.png", frozenset()) == "a.png"
    assert free_name("a.png", frozenset({"a.png", "a-2.png"})) == "a-3.png"


@pytest.mark.parametrize(
    ("name", "shown_as"),
    [("a.png", "image"), ("a.mp3", "audio"), ("a.MP4", "video"), ("a.pdf", "page")]
    + [(name, "download") for name in ("a.html", "a.js", "a.zip", "a", "a.png.exe", "a.xhtml")],
)
def test_only_known_kinds_are_shown_by_a_browser(name, shown_as):
    assert medium(name).shown_as == shown_as


def test_stored_file_is_measured_and_has_a_number_for_a_name(first):
    file = put(first)

    assert (file.name, file.size_bytes, file.digest) == ("diagram.png", 7, hashlib.sha256(b"picture").hexdigest())
    assert on_disk(file).read_bytes() == b"picture"
    assert on_disk(file).name.isalnum()
    assert on_disk(file).stat().st_mode & 0o777 == 0o600


def test_files_lie_outside_what_is_served(first):
    from django.conf import settings as django_settings

    assert not on_disk(put(first)).is_relative_to(django_settings.STATIC_ROOT)


def test_second_file_of_a_name_is_another_file(first):
    assert [put(first).name, put(first).name] == ["diagram.png", "diagram-2.png"]


def test_replaced_file_keeps_its_name_and_leaves_nothing_behind(first):
    file = put(first)
    before = on_disk(file)

    file.file.save("other.png", ContentFile(b"another"))

    assert (file.name, file_for(first, "diagram.png").size_bytes) == ("diagram.png", 7)
    assert on_disk(file).read_bytes() == b"another"
    assert not before.exists()


def test_replacement_of_another_kind_takes_its_own_name(first):
    file = put(first)

    file.file.save("talk.mp3", ContentFile(b"sound"))

    assert file.name == "talk.mp3"


def test_deleted_file_is_gone_from_the_disk(first):
    one, two = put(first), put(first)

    one.delete()
    LessonFile.objects.filter(pk=two.pk).delete()

    assert not on_disk(one).exists()
    assert not on_disk(two).exists()


def test_rolled_back_deletion_keeps_the_bytes(first):
    from django.db import transaction

    file = put(first)

    with transaction.atomic():
        file.delete()
        transaction.set_rollback(True)

    assert on_disk(file).exists()


def test_files_are_found_by_their_lesson_alone(first):
    file, other = put(first), lesson(first.course, "second", 2)

    assert files_of(first) == [file]
    assert file.address == "/learn/python/first/files/diagram.png"
    for name in ("diagram.png\x00", "nothing.png"):
        with pytest.raises(NoSuchFile):
            file_for(other, name)


def test_too_large_a_file_is_refused_before_it_is_kept():
    class Huge:
        size = MOST_BYTES + 1

    with pytest.raises(ValidationError, match="too large"):
        check_size(Huge())


def test_storage_never_leaves_its_folder():
    from django.core.exceptions import SuspiciousFileOperation

    with pytest.raises(SuspiciousFileOperation):
        LessonFiles().open("../../secret_key")
