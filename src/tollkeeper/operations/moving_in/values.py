"""What a cell says: money, moments, words. Each function answers a stranger's text, or refuses it with a mend."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol

LARGEST_MINOR = 10**15
"""Ten thousand thousand million in major units: more is a mistake, and still far from what a bigint holds."""
SHORT_TEXT = 200
_SPACES = "\u0020\u00a0\u202f\u2009'\u2019"
_FORMULA = re.compile(r"^[=+@]|^-[\d(=+@]|^[\t\r]")
_BAD_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class BadCell(ValueError):
    """A cell that cannot be understood.

    Args:
        wrong: what was wrong, a sentence.
        mend: what to do about it, a sentence.
    """

    def __init__(self, wrong: str, mend: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Manner:
    """How the earlier system writes.

    Args:
        locale: whose decimal and grouping signs amounts have, for example `en` or `pl`.
        dates: `iso`, or a format of strptime.
        zone: of moments that name none.
    """

    locale: str = "en"
    dates: str = "iso"
    zone: str = "UTC"


def minor_units(text: str, currency: str, manner: Manner) -> int:
    """An amount in major units as whole minor units, exactly.

    Raises:
        BadCell: it is no amount, is negative, or has more digits than the currency.
    """
    decimal_sign, groups = _signs(manner.locale)
    group = "|".join(re.escape(sign) for sign in groups)
    pattern = rf"(\d{{1,3}}(?:(?:{group})\d{{3}})+|\d+)(?:{re.escape(decimal_sign)}(\d+))?"
    found = re.fullmatch(pattern, text.strip(), re.ASCII)
    if found is None:
        raise BadCell(
            f"{_shown(text)} is not an amount as `{manner.locale}` writes it.",
            f"Write it like 1234{decimal_sign}50, without a currency; or state the locale it was written in.",
        )
    whole = re.sub(r"\D", "", found[1])
    try:
        scaled = Decimal(f"{whole}.{found[2] or 0}").scaleb(get_currency_precision(currency))
        minor = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadCell(f"{_shown(text)} is not an amount.", "Write it in digits.") from error
    if minor != scaled:
        raise BadCell(f"{_shown(text)} has more decimals than {currency}.", "Round it as the old system charged it.")
    return _bounded(minor, text)


def whole_number(text: str, *, most: int = LARGEST_MINOR) -> int:
    """A whole number that is not negative.

    Raises:
        BadCell: it is none, or too large.
    """
    if not re.fullmatch(r"\d{1,18}(?:\.0+)?", text.strip(), re.ASCII):
        raise BadCell(f"{_shown(text)} is not a whole number.", "Write digits only.")
    number = int(text.strip().partition(".")[0])
    if number > most:
        raise BadCell(f"{_shown(text)} is too large.", f"At most {most}.")
    return number


def moment(text: str, manner: Manner) -> datetime:
    """A moment in UTC.

    Raises:
        BadCell: it does not follow the stated format, or lies before 1990 or after 2100.
    """
    plain = text.strip()
    try:
        found = datetime.fromisoformat(plain) if manner.dates == "iso" else datetime.strptime(plain, manner.dates)  # noqa: DTZ007  the zone is put in below
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(manner.zone))
        at = aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        wanted = "2024-10-03 or 2024-10-03T12:30:00+02:00" if manner.dates == "iso" else manner.dates
        raise BadCell(f"{_shown(text)} is not a date.", f"Write it as {wanted}, or state its format.") from error
    if not 1990 <= at.year <= 2100:
        raise BadCell(f"{_shown(text)} lies in the year {at.year}.", "Correct the year.")
    return at


def currency_code(text: str) -> str:
    """An ISO 4217 code.

    Raises:
        BadCell: it is no code.
    """
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadCell(f"{_shown(text)} is not a currency.", "Write three letters such as ZAR.")
    return code


def yes(text: str) -> bool:
    """Whether a cell says yes.

    Raises:
        BadCell: it says neither.
    """
    word = text.strip().lower()
    if word in {"true", "t", "yes", "y", "1", "on", "published", "active"}:
        return True
    if word in {"", "false", "f", "no", "n", "0", "off", "draft", "archived", "inactive", "unpublished"}:
        return False
    raise BadCell(f"{_shown(text)} is neither yes nor no.", "Write true or false.")


def line(text: str, *, what: str, most: int = SHORT_TEXT) -> str:
    """A short text on one line, in Unicode's composed form.

    Raises:
        BadCell: it is too long, holds control characters, or a spreadsheet would run it as a formula.
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if _FORMULA.match(text.lstrip(" ")) or _FORMULA.match(plain):
        raise BadCell(f"The {what} {_shown(plain)} begins like a spreadsheet's formula.", "Take the sign away.")
    if _BAD_CHARACTERS.search(text):
        raise BadCell(f"The {what} holds control characters.", "Type it again by hand.")
    if len(plain) > most:
        raise BadCell(f"The {what} is {len(plain)} characters long; {most} fit.", "Shorten it.")
    return plain


def prose(text: str, *, what: str, most: int) -> str:
    """A long text, as it is, with plain line ends.

    Raises:
        BadCell: it is too long or holds a zero byte.
    """
    if "\x00" in text:
        raise BadCell(f"The {what} holds a zero byte.", "Save it as plain text.")
    if len(text) > most:
        raise BadCell(f"The {what} is {len(text)} characters long; {most} fit.", "Split it.")
    return text.replace("\r\n", "\n").strip()


def slug_of(text: str) -> str:
    """An address for a page, from any title; may be empty where nothing of it fits."""
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:80].strip("-")


@cache
def _signs(locale: str) -> tuple[str, tuple[str, ...]]:
    decimal_sign, group = get_decimal_symbol(locale), get_group_symbol(locale)
    # People type an ordinary space where a locale groups with one of its typographic kin.
    return decimal_sign, tuple(_SPACES) if group in _SPACES else (group,)


def _bounded(minor: int, text: str) -> int:
    if minor > LARGEST_MINOR:
        raise BadCell(f"{_shown(text)} is too large to be an amount.", "Look whether two numbers ran together.")
    return minor


def _shown(text: str) -> str:
    short = text if len(text) <= 60 else f"{text[:57]}…"
    return repr(short)
