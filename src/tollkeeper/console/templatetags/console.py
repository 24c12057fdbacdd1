"""Small words for the console's templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tollkeeper.accounts.models import Person
from tollkeeper.console import words
from tollkeeper.core import clock
from tollkeeper.core.money import Money
from tollkeeper.core.tickets import issue

register = template.Library()

LONG_MS = 60_000.0
SHORT = 12
"""Symbols of a digest or an id that are shown where its page is one click away."""


@register.filter
def minor(amount_minor: int, currency: str) -> str:
    """Minor units as people of the page's language write the amount."""
    return Money(int(amount_minor), currency).display(get_language() or "en")


@register.simple_tag
def badge(table: str, value: str) -> SafeString:
    """A stored value as a word with its tone."""
    word = words.word(table, value)
    return format_html('<span class="badge {}">{}</span>', word.tone, word.text)


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """A time in the shop's zone; the year where it is another one."""
    return _time(at, "j M, H:i" if at and at.year == clock.now().year else "j M Y, H:i")


@register.simple_tag
def exact(at: datetime | None) -> SafeString:
    """A time in the shop's zone, to the second."""
    return _time(at, "j M, H:i:s")


def _time(at: datetime | None, form: str) -> SafeString:
    if at is None:
        return format_html("")
    here = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', here.isoformat(), date_format(here, form))


@register.filter
def since(at: datetime) -> str:
    """How long ago, in the largest unit alone."""
    return timesince(at, clock.now(), depth=1)


@register.filter
def until(at: datetime) -> str:
    """How long from now, in the largest unit alone."""
    return timesince(clock.now(), at, depth=1)


@register.simple_tag
def cell(row: dict[str, Any], kind: str, name: str) -> str | SafeString:
    """A value of a list, shown as its column says."""
    if kind == "money":
        return minor(row["amount_minor"], row["currency"])
    value = row[name]
    if value is None or value == "":
        return ""
    match kind.partition(":"):
        case "word", _colon, table:
            return badge(table, value)
        case "moment" | "exact", _colon, _rest:
            return moment(value) if kind == "moment" else exact(value)
        case "payment", _colon, _rest:
            return format_html('<a href="{}">{}</a>', reverse("console:payment", args=(value,)), str(value)[-SHORT:])
        case "short" | "code", _colon, _rest:
            return format_html("<code>{}</code>", str(value)[:SHORT] if kind == "short" else value)
        case "closing", _colon, _rest:
            return words.closing(value)
        case "json", _colon, _rest:
            return as_words(value)
        case "mailbox", _colon, _rest:
            return mailbox(value)
        case _:
            return str(value)


@register.filter
def mailbox(email: str) -> SafeString:
    """An e-mail address that may be broken at its @ alone, where a column is narrow."""
    name, _at, place = str(email).partition("@")
    return format_html("{}<wbr>@{}", name, place) if place else format_html("{}", email)


@register.filter
def elapsed(milliseconds: float) -> str:
    """How long something took: to the tenth of a millisecond, or in the largest unit where it took long."""
    if milliseconds < LONG_MS:
        return f"{milliseconds:.1f} ms".replace(".0 ms", " ms")
    return timesince(clock.now() - timedelta(milliseconds=milliseconds), clock.now(), depth=1)


@register.filter
def as_words(value: Any) -> SafeString:
    """JSON, folded away behind a word."""
    if not value:
        return format_html("")
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return format_html(
        '<details class="json"><summary>{}</summary><pre tabindex="0">{}</pre></details>', _("Show"), text
    )


@register.simple_tag(takes_context=True)
def staff_ticket(context: template.Context) -> str:
    """The ticket for news of the queue; empty where nobody of the staff looks."""
    user = getattr(context.get("request"), "user", None)
    return issue(person_id=user.pk, staff=True) if isinstance(user, Person) and user.is_staff else ""


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: str) -> str:
    """This page's address with some of its questions changed."""
    query = {key: value for key, value in context["request"].GET.items() if value} | changes
    return f"?{urlencode(query)}"
