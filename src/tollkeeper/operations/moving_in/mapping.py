"""What the earlier system calls things: its files, tables, columns and words.

The defaults fit Supabase (`auth.users`, `public.courses`, …) and the files that `tollkeeper import template` writes; a
TOML file changes what differs. docs/how-to/move-in.md describes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel.core import Locale, UnknownLocaleError

from tollkeeper.operations.moving_in.errors import BadMapping
from tollkeeper.operations.moving_in.values import BadCell, Manner, currency_code, line

LARGEST_MAPPING = 64 * 1024
ENCODINGS = frozenset({"utf-8", "cp1250", "cp1251", "cp1252", "iso-8859-1", "iso-8859-2", "koi8-u"})
SPOKEN = ("en", "pl", "uk")
DELIMITERS = {",": ",", ";": ";", "\t": "\t", "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}


class Kind(msgspec.Struct, frozen=True):
    """How one kind of thing is named there.

    Args:
        table: in a dump, with its schema.
        file: in a folder of CSV files.
        columns: our field → their columns, the first that holds something wins. `a.b` looks into JSON.
        words: our standing → their words for it, in small letters.
    """

    table: str
    file: str
    columns: Mapping[str, Sequence[str]]
    words: Mapping[str, Sequence[str]] = {}

    @property
    def fields(self) -> frozenset[str]:
        """Our fields."""
        return frozenset(self.columns)

    def standing(self, word: str) -> str | None:
        """What a word of theirs means, or None for one that nobody has explained."""
        plain = word.strip().lower()
        return next((ours for ours, theirs in self.words.items() if plain in theirs), None)


class Names(msgspec.Struct, frozen=True):
    """All that is known of how the earlier system writes.

    Args:
        source: its name; two systems with the same ids are told apart by it.
        kinds: by name, in the order in which they can be brought.
        language, currency: where a row names none.
        manner: of amounts and dates.
        delimiter: of CSV; found by looking when empty.
        encoding: of CSV.
        price_of_free: the price that a course without one gets, in major units; such a course is not shown for sale.
    """

    source: str
    kinds: dict[str, Kind]
    language: str
    currency: str
    manner: Manner
    delimiter: str = ""
    encoding: str = "utf-8"
    price_of_free: str = ""


KINDS: dict[str, Kind] = {
    "people": Kind(
        "auth.users",
        "people.csv",
        {
            "id": ("id",),
            "email": ("email",),
            "name": ("name", "full_name", "raw_user_meta_data.full_name", "raw_user_meta_data.name"),
            "language": ("language", "locale", "raw_user_meta_data.language", "raw_user_meta_data.locale"),
            "password": ("password_hash", "encrypted_password", "password"),
            "confirmed_at": ("email_confirmed_at", "confirmed_at"),
            "created_at": ("created_at",),
            "gone_at": ("deleted_at",),
        },
    ),
    "profiles": Kind(
        "public.profiles",
        "profiles.csv",
        {
            "id": ("id", "user_id"),
            "name": ("full_name", "name", "display_name"),
            "language": ("language", "locale", "preferred_language"),
        },
    ),
    "courses": Kind(
        "public.courses",
        "courses.csv",
        {
            "id": ("id",),
            "title": ("title", "name"),
            "slug": ("slug",),
            "summary": ("summary", "short_description", "subtitle"),
            "description": ("description",),
            "price": ("price", "amount"),
            "price_minor": ("price_minor", "price_cents", "price_in_cents"),
            "currency": ("currency",),
            "active": ("active", "is_active", "is_published", "published"),
            "position": ("position", "sort_order", "order_index"),
        },
    ),
    "lessons": Kind(
        "public.lessons",
        "lessons.csv",
        {
            "id": ("id",),
            "course": ("course_id", "course"),
            "title": ("title", "name"),
            "slug": ("slug",),
            "body": ("body", "content", "description"),
            "video_url": ("video_url",),
            "position": ("position", "sort_order", "order_index"),
            "preview": ("preview", "is_preview", "is_free"),
            "minutes": ("minutes", "duration_minutes"),
        },
    ),
    "payments": Kind(
        "public.payments",
        "payments.csv",
        {
            "id": ("id",),
            "person": ("user_id", "person_id", "student_id", "email"),
            "course": ("course_id", "course"),
            "amount": ("amount",),
            "amount_minor": ("amount_minor", "amount_cents", "amount_in_cents"),
            "currency": ("currency",),
            "status": ("status", "payment_status"),
            "method": ("method", "payment_method", "gateway", "provider"),
            "link_id": ("link_id", "paylink_id", "ikhokha_paylink_id"),
            "link_url": ("link_url", "paylink_url", "payment_url"),
            "external_id": ("external_id", "external_transaction_id", "transaction_id"),
            "paid_at": ("paid_at", "completed_at", "approved_at"),
            "created_at": ("created_at",),
        },
        {
            "paid": ("paid", "completed", "complete", "success", "succeeded", "successful", "approved", "verified"),
            "open": ("pending", "open", "created", "initiated", "processing", "awaiting_payment"),
            "unpaid": ("failed", "failure", "cancelled", "canceled", "expired", "rejected", "declined", "abandoned"),
            "returned": ("refunded", "charged_back", "chargeback", "disputed", "reversed"),
        },
    ),
    "enrolments": Kind(
        "public.enrollments",
        "enrolments.csv",
        {
            "id": ("id",),
            "person": ("user_id", "person_id", "student_id", "email"),
            "course": ("course_id", "course"),
            "status": ("status", "enrollment_status", "enrolment_status"),
            "payment": ("payment_id",),
            "at": ("enrolled_at", "approved_at", "created_at"),
        },
        {
            "open": ("active", "approved", "enrolled", "completed", "complete", "open", "paid", "granted"),
            "waiting": ("pending", "awaiting_approval", "awaiting_payment", "processing", "submitted"),
            "closed": ("cancelled", "canceled", "revoked", "expired", "refunded", "suspended", "rejected", "inactive"),
        },
    ),
}
"""Kind → how Supabase and our own files name it, in the order in which things can be brought."""

_OUTSIDE_KINDS = frozenset(
    {"source", "language", "currency", "locale", "dates", "zone", "delimiter", "encoding", "price_of_free"}
)


def read_mapping(path: Path | None, **overrides: str) -> Names:
    """The names, with what a file and the command line change.

    Args:
        path: a TOML file; None for the defaults.
        overrides: of the settings outside the kinds; empty ones are left out.

    Raises:
        BadMapping: with what is wrong in it.
    """
    told = _parsed(path) if path else {}
    if unknown := (told.keys() - KINDS.keys() | overrides.keys()) - _OUTSIDE_KINDS:
        known = ", ".join([*sorted(_OUTSIDE_KINDS), *(f"[{kind}]" for kind in KINDS)])
        raise BadMapping(f"The mapping has {', '.join(sorted(unknown))}, which means nothing; it may hold {known}.")
    words = {name: _text(name, told[name]) for name in _OUTSIDE_KINDS & told.keys()}
    words |= {name: value for name, value in overrides.items() if value}
    kinds = {name: _changed(name, kind, told.get(name, {})) for name, kind in KINDS.items()}
    return _names(words, kinds)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_MAPPING + 1)
        if len(text) > LARGEST_MAPPING:
            raise BadMapping(f"{path} is larger than {LARGEST_MAPPING} bytes; a mapping is a page of text.")
        return tomllib.loads(text.decode())
    except OSError as error:
        raise BadMapping(f"{path} cannot be opened: {error.strerror}.") from error
    except ValueError as error:
        raise BadMapping(f"{path} is not TOML: {error}.") from error


def _names(words: Mapping[str, str], kinds: dict[str, Kind]) -> Names:
    manner = Manner(words.get("locale", "en"), words.get("dates", "iso"), words.get("zone", "UTC"))
    delimiter, encoding = words.get("delimiter", ""), words.get("encoding", "utf-8").lower()
    try:
        Locale.parse(manner.locale)
        ZoneInfo(manner.zone)
        source = line(words.get("source", "earlier system"), what="source", most=60)
        currency = currency_code(words.get("currency", "ZAR"))
        if words.get("language", "en") not in SPOKEN:
            raise BadMapping(f"The language {words['language']!r} is none of {', '.join(SPOKEN)}.")
    except BadCell as error:
        raise BadMapping(f"{error.wrong} {error.mend}") from error
    except (UnknownLocaleError, ValueError, KeyError, OSError) as error:
        raise BadMapping(f"The locale {manner.locale!r} or the zone {manner.zone!r} is not known: {error}.") from error
    if encoding.replace("utf8", "utf-8") not in ENCODINGS:
        raise BadMapping(f"The encoding {encoding!r} is none of {', '.join(sorted(ENCODINGS))}.")
    if delimiter and delimiter not in DELIMITERS:
        raise BadMapping(f"The delimiter {delimiter!r} is none of comma, semicolon and tab.")
    return Names(
        source,
        kinds,
        words.get("language", ""),
        currency,
        manner,
        DELIMITERS.get(delimiter, ""),
        encoding.replace("utf8", "utf-8"),
        words.get("price_of_free", ""),
    )


def _changed(name: str, kind: Kind, told: Any) -> Kind:
    if not isinstance(told, dict) or told.keys() - {"table", "file", "columns", "words"}:
        raise BadMapping(f"[{name}] may hold table, file, [{name}.columns] and [{name}.words], and nothing else.")
    columns = _lists(f"{name}.columns", told.get("columns", {}), kind.columns.keys())
    words = _lists(f"{name}.words", told.get("words", {}), kind.words.keys())
    lowered = {ours: [word.lower() for word in theirs] for ours, theirs in words.items()}
    moved = {word for theirs in lowered.values() for word in theirs}
    kept = {ours: [word for word in theirs if word not in moved] for ours, theirs in kind.words.items()}
    return Kind(
        _text(f"{name}.table", told.get("table", kind.table)),
        _file_name(name, _text(f"{name}.file", told.get("file", kind.file))),
        {**kind.columns, **columns},
        {ours: [*kept[ours], *lowered.get(ours, [])] for ours in kind.words},
    )


def _lists(name: str, told: Any, known: Any) -> dict[str, list[str]]:
    if not isinstance(told, dict):
        raise BadMapping(f"[{name}] must be a table of names.")
    if unknown := told.keys() - set(known):
        raise BadMapping(f"[{name}] has {', '.join(sorted(unknown))}; it may hold {', '.join(sorted(known))}.")
    return {ours: [_text(f"{name}.{ours}", one) for one in _listed(theirs)] for ours, theirs in told.items()}


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def _text(name: str, told: Any) -> str:
    if not isinstance(told, str) or not told.strip() or len(told) > 200:
        raise BadMapping(f"{name} must be a short text in quotes.")
    return told if name == "delimiter" else told.strip()


def _file_name(kind: str, told: str) -> str:
    if Path(told).name != told:
        raise BadMapping(f"{kind}.file is {told!r}; name a file in the folder itself, without a path.")
    return told
