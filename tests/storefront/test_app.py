"""What makes the shop an app: manifest, worker, offline pages; each the same for everybody."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tollkeeper.storefront.learning.offline import STATICS


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Your courses"), ("pl", "Twoje kursy"), ("uk", "Ваші курси"), ("xx", "Your courses")]
)
def test_manifest_speaks_the_readers_language(db, browser, language, words):
    answer = browser().get(f"/manifest.webmanifest?lang={language}")

    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["description"].startswith(words)
    assert {answer.json()[name] for name in ("id", "scope")} == {"/"}


def test_manifest_has_the_icons_that_phones_ask_for(db, browser):
    icons = browser().get("/manifest.webmanifest").json()["icons"]

    assert {(icon["sizes"], icon["purpose"]) for icon in icons} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }


def test_worker_is_versioned_by_its_content_and_asks_no_database(db, browser):
    with CaptureQueriesContext(connection) as asked:
        answer = browser().get("/sw.js")
        again = browser().get("/sw.js", HTTP_IF_NONE_MATCH=answer["ETag"])

    version = re.match(r'const VERSION = "([0-9a-f]{16})";', answer.text)
    assert answer["ETag"] == f'"{version[1]}"'
    assert answer["Content-Type"].startswith("text/javascript")
    assert again.status_code == 304
    assert len(asked) == 0


def test_worker_knows_what_the_pages_are_made_of(db, browser):
    text = browser().get("/sw.js").text

    assert all(name in text for name in STATICS)
    assert '"signOut": "/account/sign-out/"' in text


@pytest.mark.parametrize("language", ["en", "pl", "uk"])
def test_offline_page_is_the_same_for_everybody(buyer, browser, language):
    pages = {browser(who).get(f"/offline/?lang={language}").text for who in (buyer, None)}

    (page,) = pages
    assert f'<html lang="{language}">' in page
    assert "csrf" not in page
    assert "data-live" not in page


def test_every_page_keeps_the_strict_policy(course, browser):
    for path in ("/", "/sw.js", "/offline/", "/manifest.webmanifest"):
        policy = browser().get(path)["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_scripts_hold_no_words_for_people():
    from pathlib import Path

    import tollkeeper

    shown = re.compile(
        r"""(?:textContent|innerText|innerHTML|title|ariaLabel|placeholder|alert\(|confirm\(|prompt\()\s*=?\s*["'`](?=[^"'`])"""
    )
    scripts = [path for path in Path(tollkeeper.__file__).parent.rglob("*.js") if "console" not in path.parts]

    found = [f"{path.name}: {line}" for path in scripts for line in path.read_text().splitlines() if shown.search(line)]

    assert scripts
    assert found == [], "Words stand in templates, where they are translated; scripts read them from data attributes."
    assert shown.search('place.textContent = "Course open"')
