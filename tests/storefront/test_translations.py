from __future__ import annotations

import itertools
from collections import Counter

import pytest
from babel.messages.catalog import Catalog

from tollkeeper.server import translations


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_customer_string_is_translated(language):
    assert translations.faults(translations.extracted(), translations.read(language)) == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_no_translation_is_left_over(language):
    wanted = {message.id for message in translations.extracted()}

    assert {message.id for message in translations.read(language)} - wanted - {""} == set()


def test_templates_and_code_are_both_searched():
    origins = {origin for message in translations.extracted() for origin, _line in message.locations}

    assert any(origin.endswith("course.html") for origin in origins)
    assert any(origin.endswith("tellings.py") for origin in origins)
    assert any(origin.startswith("accounts/") for origin in origins)


def test_missing_fuzzy_and_broken_strings_are_found():
    wanted, given = Catalog(), Catalog(locale="pl")
    for text in ("absent", "empty", "fuzzy", "%(name)s is here", ("one", "many")):
        wanted.add(text)
    given.add("empty", "")
    given.add("fuzzy", "niewyraźny", flags=["fuzzy"])
    given.add("%(name)s is here", "%(nazwa)s jest tutaj")
    given.add(("one", "many"), ("jeden", "wiele"))

    found = [fault.split(":")[0] for fault in translations.faults(wanted, given)]

    assert Counter(found) == {
        "missing": 1,
        "not translated in every form": 2,
        "fuzzy": 1,
        "other placeholders than the original": 1,
    }


def test_stale_catalogue_is_compiled_once(tmp_path, monkeypatch):
    for language in translations.LANGUAGES:
        target = tmp_path / language / "LC_MESSAGES" / "django.po"
        target.parent.mkdir(parents=True)
        target.write_bytes(translations.po_file(language).read_bytes())
    monkeypatch.setattr(translations, "LOCALE", tmp_path)

    first, second = translations.compile_stale(tmp_path / "made"), translations.compile_stale(tmp_path / "made")

    assert [path.name for path in first] == ["django.mo", "django.mo"]
    assert second == []


def test_plurals_have_the_three_forms_of_each_language():
    for language, count in itertools.product(translations.LANGUAGES, (1, 2, 5)):
        catalogue = translations.read(language)
        assert catalogue.num_plurals == 3, (language, count)
