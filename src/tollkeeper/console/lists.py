"""The console's lists: what each shows, and by what it is narrowed.

A list is read from its newest end by its key, page after page, and never counted. What it is narrowed by and has no
index for is looked for in a window of `WINDOW` rows; the page says how far it looked, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.accounts.models import Person
from tollkeeper.console import words
from tollkeeper.console.queries import Row, first_id_at, last_id_before, rows
from tollkeeper.core.ids import BadReference, parse_reference
from tollkeeper.core.settings import settings

PAGE = 50
WINDOW = 20_000
"""Rows looked through for one page when no index helps: about 30 ms on the machine of the benchmarks."""

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` says how a value is shown: see `templatetags/console.py`."""

    name: str
    label: Text
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows a list. `kind`: `choice` of a table of words, `text`, or `date`."""

    name: str
    label: Text
    kind: str = "text"
    table: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list.

    Args:
        title, lead: its heading and the sentence under it.
        statement: the file under `sql/` that reads a page.
        columns: what is shown; the first one is the row's name and leads to `detail`.
        filters: what narrows it.
        detail: the address that shows one row; empty for rows that show everything.
        numbered: whether the key is a number; otherwise it is a UUID.
    """

    title: Text
    lead: Text
    statement: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    detail: str = ""
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Args:
        rows: the newest first.
        after: the key to go on from; empty at the end.
        looked: how many rows were looked through.
        narrowed: whether anything narrows the list.
        fault: why nothing could be looked for; empty when all is well.
    """

    rows: list[Row] = field(default_factory=list)
    after: str = ""
    looked: int = 0
    narrowed: bool = False
    fault: Text = ""


LISTS: Mapping[str, Listing] = MappingProxyType(
    {
        "payments": Listing(
            _("Payments"),
            _("Every payment, the newest first."),
            "list_payments",
            (
                Column("reference", _("Reference")),
                Column("email", _("Customer"), "mailbox"),
                Column("title", _("What")),
                Column("amount", _("Amount"), "money"),
                Column("gateway", _("Method"), "word:method"),
                Column("state", _("Payment"), "word:state"),
                Column("access", _("Access"), "word:access"),
                Column("created_at", _("Ordered"), "moment"),
            ),
            (
                Filter("q", _("Reference, e-mail address or id")),
                Filter("state", _("Payment"), "choice", "state"),
                Filter("access", _("Access"), "choice", "access"),
                Filter("method", _("Method"), "choice", "method"),
                Filter("since", _("From"), "date"),
                Filter("until", _("To"), "date"),
            ),
            detail="console:payment",
        ),
        "people": Listing(
            _("People"),
            _("Customers, guests and staff, the newest first."),
            "list_people",
            (
                Column("email", _("E-mail address")),
                Column("name", _("Name")),
                Column("standing", _("Standing"), "word:standing"),
                Column("language", _("Language"), "code"),
                Column("created_at", _("Since"), "moment"),
            ),
            (
                Filter("q", _("Beginning of an address, or part of a name")),
                Filter("standing", _("Standing"), "choice", "standing"),
            ),
            detail="console:person",
        ),
        "deliveries": Listing(
            _("Deliveries"),
            _("Webhooks as they came, byte for byte. Kept for 90 days."),
            "list_deliveries",
            (
                Column("received_at", _("Came"), "exact"),
                Column("gateway", _("From"), "word:method"),
                Column("verdict", _("Verdict"), "word:verdict"),
                Column("payment_id", _("Payment"), "payment"),
                Column("digest", _("SHA-256"), "short"),
            ),
            (Filter("verdict", _("Verdict"), "choice", "verdict"),),
            detail="console:delivery",
        ),
        "rejections": Listing(
            _("Rejections"),
            _("Webhooks that were not the gateway's, or not for us. The first hundred of each hour are kept."),
            "list_rejections",
            (
                Column("at", _("Came"), "exact"),
                Column("reason", _("Reason"), "code"),
                Column("network", _("Network")),
                Column("path", _("Address"), "code"),
            ),
            (Filter("reason", _("Reason")),),
            detail="console:rejection",
        ),
        "journal": Listing(
            _("Journal"),
            _("What happened, written once, in the transaction that made it true."),
            "list_journal",
            (
                Column("at", _("When"), "exact"),
                Column("kind", _("What"), "code"),
                Column("payment_id", _("Payment"), "payment"),
                Column("data", _("Data"), "json"),
            ),
            (Filter("kind", _("What")),),
            numbered=True,
        ),
        "audit": Listing(
            _("Audit log"),
            _("Who did what. Nothing is ever taken out."),
            "list_audit",
            (
                Column("at", _("When"), "exact"),
                Column("act", _("Act"), "code"),
                Column("thing", _("To what")),
                Column("by", _("By whom")),
                Column("data", _("Data"), "json"),
            ),
            (Filter("act", _("Act")), Filter("by", _("By whom"))),
            numbered=True,
        ),
        "runs": Listing(
            _("Runs"),
            _("Work that was asked for by name."),
            "list_runs",
            (
                Column("name", _("Name"), "code"),
                Column("state", _("State"), "word:run"),
                Column("by", _("By whom")),
                Column("asked_at", _("Asked"), "moment"),
                Column("ended_at", _("Ended"), "moment"),
                Column("outcome", _("Outcome"), "json"),
            ),
            (Filter("state", _("State"), "choice", "run"),),
        ),
        "messages": Listing(
            _("Messages"),
            _("Mails that were sent, or wait to be."),
            "list_messages",
            (
                Column("subject", _("Subject")),
                Column("recipient", _("To")),
                Column("state", _("State"), "word:message"),
                Column("attempts", _("Attempts"), "number"),
                Column("created_at", _("Written"), "moment"),
                Column("sent_at", _("Sent"), "moment"),
            ),
            (Filter("state", _("State"), "choice", "message"),),
            detail="console:message",
        ),
        "closed": Listing(
            _("Closed interventions"),
            _("What was done, by whom and when."),
            "list_closed",
            (
                Column("trouble", _("Trouble"), "word:trouble"),
                Column("act", _("What was done"), "closing"),
                Column("closed_by", _("By whom")),
                Column("closed_at", _("Closed"), "moment"),
                Column("payment_id", _("Payment"), "payment"),
            ),
            (Filter("trouble", _("Trouble"), "choice", "trouble"),),
            detail="console:intervention",
        ),
    }
)


def read_page(name: str, query: QueryDict) -> Page:
    """A page of a list, as an address asks for it. What makes no sense there narrows nothing, or finds nothing."""
    listing = LISTS[name]
    wanted = {one.name: query.get(one.name, "").strip().replace("\x00", "") for one in listing.filters}
    values: dict[str, object] = {key: text or None for key, text in wanted.items()}
    if name == "payments":
        found = _payments_wanted(wanted)
        if isinstance(found, Page):
            return found
        values |= found
    by_key = {"q", "since", "until"} if name == "payments" else set()
    by_window = any(text for key, text in wanted.items() if key not in by_key)
    window = WINDOW if by_window else PAGE + 1
    values |= {"before": _key(listing, query.get("after", "")), "window": window, "limit": PAGE + 1}
    read = rows(listing.statement, values)
    looked, last_looked = (read[0]["looked"], read[0]["last_looked"]) if read else (0, None)
    shown = [row for row in read if row["id"] is not None]
    after = str(shown[PAGE - 1]["id"]) if len(shown) > PAGE else str(last_looked) if looked == WINDOW else ""
    return Page(shown[:PAGE], after, looked, narrowed=any(wanted.values()))


def _payments_wanted(wanted: Mapping[str, str]) -> dict[str, object] | Page:
    """Which payments an address asks for; a page that says why none can be, where it makes no sense."""
    values: dict[str, object] = dict.fromkeys(("person_id", "order_id", "payment_id", "oldest", "newest"))
    try:
        if wanted["since"]:
            values["oldest"] = first_id_at(_midnight(wanted["since"]))
        if wanted["until"]:
            values["newest"] = last_id_before(_midnight(wanted["until"]) + timedelta(days=1))
    except (ValueError, OverflowError):
        return Page(narrowed=True, fault=_("A date is written as 2026-03-21."))
    if not wanted["q"]:
        return values
    found = _meant(wanted["q"])
    return Page(narrowed=True) if found is None else values | found


def _meant(text: str) -> dict[str, object] | None:
    """What a search means: a person, an order or a payment; None where nothing fits."""
    if "@" in text:
        person = Person.objects.with_email(text).only("id").first()
        return {"person_id": person.pk} if person else None
    try:
        return {"payment_id": UUID(text)}
    except ValueError:
        pass
    try:
        found = rows("order_named", {"reference": parse_reference(text)})
    except BadReference:
        return None
    return {"order_id": found[0]["id"]} if found else None


def _midnight(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(settings().time_zone))


def _key(listing: Listing, text: str) -> str | None:
    """Where a page begins, checked: an address may carry anything."""
    try:
        if not listing.numbered:
            return str(UUID(text)) if text else None
        return str(int(text)) if text and 0 <= int(text) < 1 << 63 else None
    except ValueError:
        return None


def choices(one: Filter) -> list[tuple[str, Text]]:
    """What a filter offers."""
    return [(value, word.text) for value, word in words.TABLES[one.table].items()] if one.table else []
