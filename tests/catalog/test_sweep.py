"""A file whose commit was lost is removed after a day; one that a row names, or may come to name, never."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile

from catalog.make import course, lesson
from tollkeeper.catalog import jobs
from tollkeeper.catalog.jobs import remove_stray_files
from tollkeeper.catalog.models import LessonFile

UPLOAD = """
import sys, django
django.setup()
from django.core.files.base import ContentFile
from django.db import transaction
from tollkeeper.catalog.models import Lesson, LessonFile
with transaction.atomic():
    LessonFile(lesson=Lesson.objects.get()).file.save("talk.mp3", ContentFile(b"sound"))
    print("written", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files' folder, of this test alone: a sweep looks at all of it."""
    place = tmp_path / "files" / "lessons"
    stored = vars(LessonFile.file.field.storage)
    for name in ("location", "base_location"):
        monkeypatch.setitem(stored, name, str(place))
    return place


@pytest.fixture
def first(db):
    return lesson(course())


@pytest.fixture
def uploading(folder, first, tmp_path):
    """Another process that has written a file and not yet committed its row."""
    process = subprocess.Popen(
        [sys.executable, "-c", UPLOAD],
        env=os.environ | {"TOLLKEEPER_DATA_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "written\n"
    yield process
    process.kill()
    process.communicate()


@contextmanager
def later(**by):
    with time_machine.travel(datetime.now(UTC) + timedelta(**by), tick=True):
        yield


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def put(of, content=b"picture"):
    made = LessonFile(lesson=of)
    made.file.save("diagram.png", ContentFile(content))
    return made


def test_file_of_a_killed_upload_is_removed_after_a_day(uploading, folder, first, owner):
    kept = put(first).file.name
    uploading.send_signal(signal.SIGKILL)
    uploading.wait()
    (stray,) = set(names(folder)) - {kept}

    with later(hours=23):
        early = remove_stray_files()
    with later(hours=25):
        late = remove_stray_files()

    assert (early, late) == (0, 1)
    assert names(folder) == [kept]
    told = owner.execute("SELECT act, thing, by, data FROM core_audit").fetchall()
    assert told == [("lesson_file.sweep", "files/lessons", "worker", {"removed": 1, "names": [stray]})]


def test_sweep_during_an_upload_leaves_it_alone(uploading, folder):
    assert remove_stray_files() == 0

    uploading.communicate("commit\n")

    assert (folder / LessonFile.objects.get().file.name).read_bytes() == b"sound"


def test_control_without_the_days_grace_the_upload_loses_its_file(uploading, folder, monkeypatch):
    monkeypatch.setattr(jobs, "STRAY_SECONDS", -1.0)
    assert remove_stray_files() == 1

    uploading.communicate("commit\n")

    assert not (folder / LessonFile.objects.get().file.name).exists()


def test_file_that_arrives_with_an_old_date_is_young(folder, first):
    folder.mkdir(parents=True)
    stray = folder / ("0" * 32)
    stray.write_bytes(b"unpacked")
    os.utime(stray, (0, 0))

    assert remove_stray_files() == 0


def test_old_files_with_rows_stay_however_many(folder, first, owner):
    kept = sorted(put(first).file.name for _ in range(3))

    with later(days=400):
        assert remove_stray_files() == 0

    assert names(folder) == kept
    assert owner.execute("SELECT count(*) FROM core_audit").fetchone() == (0,)


def test_what_others_put_there_is_not_ours_to_remove(folder, first):
    folder.mkdir(parents=True)
    (folder / "README").write_text("Mounted from the big disk.")
    (folder / ("a" * 32)).mkdir()

    with later(days=2):
        assert remove_stray_files() == 0

    assert names(folder) == ["README", "a" * 32]


def test_nothing_was_ever_uploaded(folder, db):
    assert remove_stray_files() == 0
