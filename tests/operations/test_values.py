from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from tollkeeper.operations.moving_in.passwords import carried_over
from tollkeeper.operations.moving_in.reading.inserts import read_insert
from tollkeeper.operations.moving_in.values import BadCell, Manner, line, minor_units, moment, slug_of, whole_number

AMOUNTS = st.integers(0, 10**14)


@given(AMOUNTS, st.sampled_from(["en", "pl", "uk", "en_ZA", "de_CH", "fr"]), st.booleans())
def test_what_a_locale_writes_is_read_back_exactly(minor, locale, grouped):
    text = format_decimal(Decimal(minor).scaleb(-2), "#,##0.00", locale=locale, group_separator=grouped)

    assert minor_units(text, "ZAR", Manner(locale)) == minor


@given(AMOUNTS)
def test_a_currency_without_minor_units_has_none(amount):
    assert minor_units(str(amount), "JPY", Manner()) == amount


@pytest.mark.parametrize(
    "text", ["", "-1", "1,23", "1.234,50", "12.345", "1e5", "NaN", "R 12", "٣", "1 2", "1,2345", "9" * 30, "0x10", "."]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(BadCell):
        minor_units(text, "ZAR", Manner())


@given(st.text(max_size=40))
def test_no_text_breaks_a_cell(text):
    said = []

    for read in (
        lambda: minor_units(text, "ZAR", Manner("pl")),
        lambda: moment(text, Manner()),
        lambda: moment(text, Manner(dates="%d.%m.%Y")),
        lambda: whole_number(text),
        lambda: line(text, what="name"),
        lambda: slug_of(text),
        lambda: carried_over(text),
    ):
        try:
            read()
        except BadCell as refused:
            said.append((refused.wrong[-1], refused.mend[-1]))

    assert set(said) <= {(".", ".")}


@given(st.datetimes(datetime.fromisoformat("1990-01-02"), datetime.fromisoformat("2099-12-30")), st.integers(-12, 12))
def test_moments_are_brought_to_utc(at, hours):
    aware = at.isoformat() + f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"

    assert moment(aware, Manner()) == at.replace(tzinfo=UTC) - timedelta(hours=hours)


def quoted(cell: str | None) -> str:
    return "NULL" if cell is None else "'" + cell.replace("'", "''") + "'"


@given(st.lists(st.lists(st.none() | st.text(st.characters(exclude_characters="\r\x00")), min_size=1), min_size=1))
def test_inserted_rows_are_read_back(rows):
    text = ",\n\t".join(f"({', '.join(map(quoted, row))})" for row in rows) + ";\n"

    found = list(read_insert(" ", _lines(text), place="test"))

    assert found == rows


def _lines(text: str):
    """As a file gives them: only a line feed ends a line."""
    return iter([part + "\n" for part in text.split("\n")])


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("$2a$10$" + "a" * 53, "bcrypt$$2a$10$" + "a" * 53),
        ("bcrypt$$2b$12$" + "a" * 53, "bcrypt$$2b$12$" + "a" * 53),
        ("bcrypt_sha256$$2b$12$" + "a" * 53, "bcrypt_sha256$$2b$12$" + "a" * 53),
        ("$2a$20$" + "a" * 53, None),
        ("$2a$03$" + "a" * 53, None),
        ("$2a$10$short", None),
        ("pbkdf2_sha256$99999999$salt$" + "a" * 44, None),
        ("pbkdf2_sha256$0$salt$" + "a" * 44, None),
        ("", None),
        ("!unusable", None),
    ],
)
def test_hashes_are_carried_over_or_not_believed(told, kept):
    assert carried_over(told) == kept


def test_django_s_own_hashes_are_kept():
    from django.contrib.auth.hashers import PBKDF2PasswordHasher, ScryptPasswordHasher

    for hasher in (PBKDF2PasswordHasher(), ScryptPasswordHasher()):
        encoded = hasher.encode("a long road", hasher.salt())

        assert carried_over(encoded) == encoded
