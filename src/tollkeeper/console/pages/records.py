"""Lists of what is stored, and single records of it: to look at, and nothing else."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tollkeeper.console.doors import staff_page
from tollkeeper.console.lists import LISTS, choices, read_page
from tollkeeper.console.queries import Row, record

LINE_BYTES = 16


@require_safe
@staff_page
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """A page of a list."""
    shown = LISTS[name]
    filters = [(one, request.GET.get(one.name, ""), choices(one)) for one in shown.filters]
    page = read_page(name, request.GET)
    return render(request, "console/list.html", {"list": shown, "filters": filters, "found": page, "here": name})


@require_safe
@staff_page
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """A webhook as it came."""
    return _raw(request, record("one_delivery", delivery_id), "console/delivery.html", here="deliveries")


@require_safe
@staff_page
def rejection(request: HttpRequest, rejection_id: UUID) -> HttpResponse:
    """A rejected webhook as it came."""
    return _raw(request, record("one_rejection", rejection_id), "console/rejection.html", here="rejections")


@require_safe
@staff_page
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """A message, without the text of one that holds a secret."""
    return render(request, "console/message.html", {"one": record("one_message", message_id), "here": "messages"})


def _raw(request: HttpRequest, one: Row, template: str, *, here: str) -> HttpResponse:
    body = bytes(one["body"])
    context = {"one": one, "size": len(body), "text": as_text(body), "hex": as_hex(body), "here": here}
    return render(request, template, context)


def as_text(body: bytes) -> str:
    """Bytes as text, where they are text: UTF-8 without control symbols; else empty."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ""
    return text if all(symbol.isprintable() or symbol in "\r\n\t" for symbol in text) else ""


def as_hex(body: bytes) -> str:
    """Bytes as they are looked at: place, hexadecimal, and what of it is a letter."""
    lines = []
    for at in range(0, len(body), LINE_BYTES):
        part = body[at : at + LINE_BYTES]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{at:06x}  {part.hex(' '):<{LINE_BYTES * 3 - 1}}  {letters}")
    return "\n".join(lines)
