"""Files of lessons: for who may read the lesson, by the range, and never as something that runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from django.core.files.base import ContentFile

from storefront import make
from tollkeeper.catalog.models import LessonFile
from tollkeeper.storefront.learning.files import CHUNK, flowing, wanted, whole

CONTENT = bytes(range(256)) * 1200
"""More than two pieces of the stream."""
PATH = "/learn/phone-photography/frame/files/talk.mp3"


@pytest.fixture
def put(course):
    def _put(name="talk.mp3", content=CONTENT, lesson="frame"):
        file = LessonFile(lesson=course.lessons.get(slug=lesson))
        file.file.save(name, ContentFile(content))
        return file

    return _put


@pytest.fixture
def owner_of_course(buyer, course, browser):
    make.paid(buyer, course)
    return browser(buyer)


def body(answer):
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(("who", "status"), [("buyer", 200), ("staff", 200), ("other", 404), (None, 404)])
def test_file_is_for_who_may_read_the_lesson(put, staff, owner_of_course, browser, who, status):
    put()
    others = {"staff": staff, "other": make.person("other@example.com"), None: None}

    answer = (owner_of_course if who == "buyer" else browser(others[who])).get(PATH)

    assert answer.status_code == status
    if status == 200:
        assert body(answer) == CONTENT


def test_file_of_a_free_lesson_is_for_everybody(put, browser):
    put("map.png", lesson="light")

    answer = browser().get("/learn/phone-photography/light/files/map.png")

    assert body(answer) == CONTENT
    assert answer["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    "name",
    ["nothing.mp3", "..%2F..%2Fsecret_key", "%2e%2e", "....//talk.mp3", "a" * 300, "talk.MP3"],
)
def test_no_other_name_opens_anything(put, owner_of_course, name):
    put()

    assert owner_of_course.get(f"/learn/phone-photography/frame/files/{name}").status_code == 404


def test_name_on_disk_opens_nothing(put, owner_of_course):
    file = put()

    assert owner_of_course.get(f"/learn/phone-photography/frame/files/{file.file.name}").status_code == 404


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=131070-131075", 131070, 131075)],
)
def test_player_winds_by_the_range(put, owner_of_course, header, first, last):
    put()
    size = len(CONTENT)

    answer = owner_of_course.get(PATH, HTTP_RANGE=header)
    start, end = (first % size, size - 1 if last is None else last)

    assert answer.status_code == 206
    assert body(answer) == CONTENT[start : end + 1]
    assert answer["Content-Range"] == f"bytes {start}-{end}/{size}"
    assert answer["Content-Length"] == str(end + 1 - start)


@pytest.mark.parametrize("header", [f"bytes={len(CONTENT)}-", "bytes=-0", "bytes=99999999-99999999"])
def test_range_beyond_the_end_is_refused(put, owner_of_course, header):
    put()

    answer = owner_of_course.get(PATH, HTTP_RANGE=header)

    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,5-9", "lines=1-2", "bytes=٣-٤"),
        *("bytes=--5", f"bytes={'9' * 30}-"),
    ],
)
def test_strange_ranges_mean_everything(header):
    assert wanted(header, 10) == whole(10)


def test_range_of_another_edition_is_answered_with_the_whole(put, owner_of_course):
    put()

    answer = owner_of_course.get(PATH, HTTP_RANGE="bytes=5-9", HTTP_IF_RANGE='"older"')

    assert answer.status_code == 200


def test_browser_that_has_it_is_not_sent_it_again(put, owner_of_course, browser):
    file = put()

    assert owner_of_course.get(PATH, HTTP_IF_NONE_MATCH=f'"{file.digest}"').status_code == 304
    assert browser().get(PATH, HTTP_IF_NONE_MATCH=f'"{file.digest}"').status_code == 404


@pytest.mark.parametrize("name", ["talk.mp3", "page.html", "drawing.svg", "book.pdf", "script.js"])
def test_nothing_that_is_sent_can_run(put, owner_of_course, name):
    put(name, b"<script>alert(1)</script>")

    answer = owner_of_course.get(f"/learn/phone-photography/frame/files/{name}")

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "html" not in answer["Content-Type"]
    assert "javascript" not in answer["Content-Type"]
    assert answer["Cache-Control"] == "private, no-cache"
    assert name.endswith("pdf") or "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment") == name.endswith(("html", "js"))


def test_head_tells_the_length_and_sends_nothing(put, owner_of_course):
    put()

    answer = owner_of_course.head(PATH)

    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer.content == b""


def test_bytes_that_are_missing_on_disk_are_a_plain_not_found(put, owner_of_course):
    file = put()
    file.file.storage.delete(file.file.name)

    assert owner_of_course.get(PATH).status_code == 404


def test_lesson_lists_its_files_and_plays_them(put, owner_of_course):
    put()
    put("notes.zip")

    page = owner_of_course.get("/learn/phone-photography/frame/").text

    assert f'<audio controls preload="none" src="{PATH}"' in page
    assert "notes.zip" in page
    assert "/files/" not in owner_of_course.get("/learn/phone-photography/light/").text


def test_web_process_gives_its_connection_back_before_it_streams(put, loop):
    from django.core.asgi import get_asgi_application
    from django.db import connection

    put("map.png", lesson="light")

    async def ask():
        transport = httpx.ASGITransport(app=get_asgi_application())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/learn/phone-photography/light/files/map.png", headers={"Range": "bytes=200000-"})

    answer = loop.run(asyncio.wait_for(ask(), 20))

    assert (answer.status_code, answer.content) == (206, CONTENT[200_000:])
    stats = connection.pool.get_stats()
    assert stats["pool_available"] + (connection.connection is not None) == stats["pool_size"]


def test_stream_that_is_given_up_leaves_no_file_open(put, tmp_path):
    path = tmp_path / "talk"
    path.write_bytes(CONTENT)

    async def give_up():
        stream = flowing(path, range(len(CONTENT)))
        first = await anext(stream)
        await stream.aclose()
        return first

    assert asyncio.run(give_up()) == CONTENT[:CHUNK]
    assert not [one for one in Path("/proc/self/fd").iterdir() if one.exists() and one.resolve() == path]
