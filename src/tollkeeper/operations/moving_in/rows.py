"""Makes sense of one row: what it says in our words, or what is wrong with it and how to mend that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tollkeeper.accounts.addresses import normal_email
from tollkeeper.accounts.errors import BadEmail
from tollkeeper.operations.moving_in import values
from tollkeeper.operations.moving_in.mapping import Kind, Names
from tollkeeper.operations.moving_in.passwords import carried_over
from tollkeeper.operations.moving_in.reading.csvs import Columns, Record
from tollkeeper.operations.moving_in.values import BadCell

LONGEST_BODY = 1_000_000
LONGEST_KEY = 200
LANGUAGES = {"en": "en", "pl": "pl", "uk": "uk", "ua": "uk", "english": "en", "polish": "pl", "ukrainian": "uk"}
"""Words for a language → the languages our pages speak."""


class Person(msgspec.Struct, frozen=True):
    """A person. `password` is ready to be stored; "" where they sign in by link."""

    email: str
    name: str
    language: str
    password: str
    confirmed_at: datetime | None
    created_at: datetime | None


class Profile(msgspec.Struct, frozen=True):
    """What another table tells of a person."""

    name: str
    language: str


class Course(msgspec.Struct, frozen=True):
    """A course."""

    title: str
    slug: str
    summary: str
    description: str
    price_minor: int
    currency: str
    active: bool
    position: int


class Lesson(msgspec.Struct, frozen=True):
    """A lesson. `course` is an id or a slug there."""

    course: str
    title: str
    slug: str
    body: str
    video_url: str
    position: int
    preview: bool
    minutes: int


class Payment(msgspec.Struct, frozen=True):
    """A payment. `person` is an id or an address there; `standing` one of paid, open, unpaid, returned."""

    person: str
    course: str
    amount_minor: int
    currency: str
    standing: str
    status: str
    method: str
    link_id: str
    link_url: str
    external_id: str
    at: datetime


class Enrolment(msgspec.Struct, frozen=True):
    """Access to a course. `standing` is one of open, waiting, closed; `payment` the payment's id there, or ""."""

    person: str
    course: str
    standing: str
    status: str
    payment: str
    at: datetime | None


Row = Person | Profile | Course | Lesson | Payment | Enrolment
SHAPES: Mapping[str, type[Any]] = {
    "people": Person,
    "profiles": Profile,
    "courses": Course,
    "lessons": Lesson,
    "payments": Payment,
    "enrolments": Enrolment,
}


@dataclass(slots=True)
class Understood:
    """A row that was understood.

    Args:
        key: its id there.
        row: what it says.
        also: another name that rows may call it by: an address, a slug, a payment's id.
        notes: what of it was not understood, a short phrase each; the row is brought without.
    """

    key: str
    row: Row
    also: str = ""
    notes: list[str] = field(default_factory=list)


class Reader:
    """Understands rows of an earlier system with these names."""

    def __init__(self, names: Names, *, language: str) -> None:
        """Args:
        language: of people whose language is not told.
        """
        self._names = names
        self._language = language
        self._columns: dict[str, frozenset[str]] = {}
        self._by_kind: dict[str, Callable[[_Cells], Understood]] = {
            "people": self._person,
            "profiles": self._profile,
            "courses": self._course,
            "lessons": self._lesson,
            "payments": self._payment,
            "enrolments": self._enrolment,
        }

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds whose columns were heard."""
        return frozenset(self._columns)

    def has(self, columns: Columns) -> None:
        """Hear which columns a table has."""
        self._columns[columns.kind] = frozenset(columns.names)

    def understand(self, record: Record) -> Understood | None:
        """What a row says; None for one that the earlier system itself has deleted.

        Raises:
            BadCell: it cannot be understood.
        """
        cells = _Cells(record, self._names.kinds[record.kind], self._columns.get(record.kind, frozenset()))
        if cells.get("gone_at"):
            return None
        understood = self._by_kind[record.kind](cells)
        understood.notes += cells.notes
        return understood

    def _person(self, cells: _Cells) -> Understood:
        email = _email(cells.need("email", "Without an address nobody can sign in; add one or leave the person out."))
        password, confirmed_at = "", self._moment(cells, "confirmed_at")
        told = cells.get("password")
        if told and confirmed_at is None and cells.has_column("confirmed_at"):
            # Whoever registered an address that is not theirs knows this password; a link reaches its owner.
            cells.notes.append("the address was never confirmed: sign-in by link")
        elif told:
            password = carried_over(told) or ""
            if not password:
                cells.notes.append(f"a password of an unknown kind ({told[:7]}…): sign-in by link")
        row = Person(
            email,
            values.line(cells.get("name"), what="name"),
            self._language_of(cells) or self._language,
            password,
            confirmed_at,
            self._moment(cells, "created_at"),
        )
        return Understood(cells.key(), row, email)

    def _profile(self, cells: _Cells) -> Understood:
        row = Profile(values.line(cells.get("name"), what="name"), self._language_of(cells))
        return Understood(cells.key(), row)

    def _course(self, cells: _Cells) -> Understood:
        title = values.line(cells.need("title", "Give the course a title."), what="title")
        slug = values.slug_of(cells.get("slug") or title) or f"course-{values.slug_of(cells.key())}"[:80]
        currency = self._currency(cells)
        price, is_free = self._price(cells, currency)
        summary = values.line(cells.get("summary") or title, what="summary", most=400)
        row = Course(
            title,
            slug,
            summary,
            values.prose(cells.get("description") or summary, what="description", most=LONGEST_BODY),
            price,
            currency,
            (values.yes(cells.get("active")) if cells.has_column("active") else True) and not is_free,
            min(values.whole_number(cells.get("position") or "0"), 1_000_000),
        )
        return Understood(cells.key(), row, slug)

    def _lesson(self, cells: _Cells) -> Understood:
        title = values.line(cells.need("title", "Give the lesson a title."), what="title")
        row = Lesson(
            cells.need("course", "Name the course that it belongs to."),
            title,
            values.slug_of(cells.get("slug") or title) or f"lesson-{values.slug_of(cells.key())}"[:80],
            values.prose(cells.get("body"), what="body", most=LONGEST_BODY),
            _video(cells.get("video_url")),
            min(values.whole_number(cells.get("position") or "0"), 1_000_000),
            values.yes(cells.get("preview")),
            min(values.whole_number(cells.get("minutes") or "0"), 10_000),
        )
        return Understood(cells.key(), row)

    def _payment(self, cells: _Cells) -> Understood:
        standing, status = cells.standing()
        currency = self._currency(cells)
        at = self._moment(cells, "paid_at") or self._moment(cells, "created_at")
        if at is None:
            raise BadCell("The payment has no date.", "Fill in when it was paid, or when it was made.")
        row = Payment(
            cells.need("person", "Say who paid: an id or an e-mail address."),
            cells.get("course"),
            self._amount(cells, currency),
            currency,
            standing,
            status,
            values.line(cells.get("method"), what="method").lower(),
            values.line(cells.get("link_id"), what="link's id"),
            values.line(cells.get("link_url"), what="link", most=500),
            values.line(cells.get("external_id"), what="external id"),
            at,
        )
        return Understood(cells.key(), row)

    def _enrolment(self, cells: _Cells) -> Understood:
        standing, status = cells.standing() if cells.has_column("status") else ("open", "")
        person = cells.need("person", "Say who is enrolled: an id or an e-mail address.")
        course = cells.need("course", "Say in which course: an id or a slug.")
        payment = cells.get("payment")
        row = Enrolment(person, course, standing, status, payment, self._moment(cells, "at"))
        return Understood(cells.get("id") or f"{person}/{course}"[:LONGEST_KEY], row, payment)

    def _price(self, cells: _Cells, currency: str) -> tuple[int, bool]:
        """The price, and whether the course was free there."""
        if cells.get("price_minor"):
            price = values.whole_number(cells.get("price_minor"))
        else:
            price = values.minor_units(cells.get("price") or "0", currency, self._names.manner)
        if price:
            return price, False
        if self._names.price_of_free:
            return values.minor_units(self._names.price_of_free, currency, values.Manner()) or 1, True
        raise BadCell(
            "The course is free, and a course here costs something.",
            "Give it a price, or state `price_of_free` in the mapping: then it is brought, but not shown for sale.",
        )

    def _amount(self, cells: _Cells, currency: str) -> int:
        if cells.get("amount_minor"):
            return values.whole_number(cells.get("amount_minor"))
        return values.minor_units(cells.need("amount", "Fill in the amount."), currency, self._names.manner)

    def _currency(self, cells: _Cells) -> str:
        return values.currency_code(cells.get("currency") or self._names.currency)

    def _moment(self, cells: _Cells, name: str) -> datetime | None:
        told = cells.get(name)
        return values.moment(told, self._names.manner) if told else None

    def _language_of(self, cells: _Cells) -> str:
        """The language told, "" where there is none that our pages speak."""
        told = cells.get("language").strip().lower()
        word = told.replace("_", "-").partition("-")[0]
        if told and word not in LANGUAGES:
            cells.notes.append(f"the language {told[:20]!r}: the shop's own instead")
        return LANGUAGES.get(word, "")


class _Cells:
    """A row's cells by our names for them."""

    def __init__(self, record: Record, kind: Kind, columns: frozenset[str]) -> None:
        self._cells = record.cells
        self._kind = kind
        self._columns = columns
        self._parsed: dict[str, Any] = {}
        self.notes: list[str] = []

    def get(self, name: str) -> str:
        """The first of the columns that holds something, or ""."""
        for column in self._kind.columns.get(name, ()):
            found = self._cells.get(column) or self._inside(column)
            if found and found.strip():
                return found.strip() if len(found) <= LONGEST_KEY else found
        return ""

    def need(self, name: str, mend: str) -> str:
        """The same, which may not be empty."""
        if found := self.get(name):
            return found
        columns = ", ".join(self._kind.columns[name])
        raise BadCell(f"Nothing stands under {columns}.", mend)

    def has_column(self, name: str) -> bool:
        """Whether the table has a column for it, filled in this row or not."""
        return any(column.partition(".")[0] in self._columns for column in self._kind.columns[name])

    def key(self) -> str:
        """The row's id."""
        found = self.need("id", "Give every row an id, the same one each time.")
        if len(found) > LONGEST_KEY:
            raise BadCell(f"The id is {len(found)} characters long.", f"At most {LONGEST_KEY} fit.")
        return found

    def standing(self) -> tuple[str, str]:
        """What its status means, and the word itself."""
        word = self.need("status", "Fill in the status.")
        standing = self._kind.standing(word)
        if standing is None:
            known = "; ".join(f"{ours}: {', '.join(theirs)}" for ours, theirs in self._kind.words.items())
            raise BadCell(
                f"The status {word[:60]!r} means nothing here.",
                f"Add it to the mapping's words. Known: {known}.",
            )
        return standing, word[:60]

    def _inside(self, path: str) -> str:
        column, dot, rest = path.partition(".")
        if not dot or column not in self._cells:
            return ""
        if column not in self._parsed:
            try:
                self._parsed[column] = msgspec.json.decode(self._cells[column])
            except (msgspec.DecodeError, RecursionError):
                self._parsed[column] = {}
        found = self._parsed[column]
        for name in rest.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


def _email(text: str) -> str:
    try:
        return normal_email(text)
    except BadEmail as error:
        raise BadCell(f"{text[:80]!r} is not an e-mail address.", "Correct it, or leave the person out.") from error


def _video(text: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(text) > LONGEST_KEY:
        raise BadCell(f"{text[:60]!r} is not the address of a video.", "Write it as https://…, at most 200 characters.")
    return text
