"""Files of lessons, sent to those who may read the lesson: by the range, so that sound and video can be wound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import structlog
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from tollkeeper.catalog.errors import NoSuchFile
from tollkeeper.catalog.models import LessonFile
from tollkeeper.catalog.queries import file_for
from tollkeeper.storefront.learning.lessons import seat

CHUNK = 128 * 1024
NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For every kind but PDF, whose viewer in browsers does not start in a sandbox and runs no script of ours."""
NO_FRAMES = "frame-ancestors 'none'"

log = structlog.get_logger("application")


@require_safe
def lesson_file(request: HttpRequest, slug: str, lesson_slug: str, name: str) -> HttpResponseBase:
    """A file of a lesson, whole or a range of it. Closed and absent look the same."""
    taken = seat(request, slug, lesson_slug)
    if not taken.may_read:
        raise NoSuchFile
    file = file_for(taken.lesson, name)
    etag = f'"{file.digest}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _described(HttpResponse(status=304), file, etag)
    is_current = request.headers.get("If-Range", etag) == etag
    span = wanted(request.headers.get("Range", "") if is_current else "", file.size_bytes)
    if span is None:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{file.size_bytes}"
        return answer
    return _described(_streamed(request, file, span), file, etag)


def whole(size: int) -> range:
    """All of it."""
    return range(size)


def wanted(header: str, size: int) -> range | None:
    """Which bytes a `Range` header asks for (RFC 9110, section 14.1.2).

    Args:
        header: as sent; "" when absent.
        size: the file's length in bytes.

    Returns:
        Positions of the bytes; everything for what is no single range of bytes, which a server may ignore; None for a
        range that the file does not have.
    """
    unit, _equals, given = header.replace(" ", "").partition("=")
    first, dash, last = given.partition("-")
    figures_only = all(part.isascii() and part.isdecimal() and len(part) < 16 for part in (first, last) if part)
    if unit.lower() != "bytes" or not dash or not figures_only or not (first or last):
        return whole(size)
    if not first:
        return range(max(0, size - int(last)), size) if int(last) and size else None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return whole(size)
    return range(start, stop) if start < size else None


def _streamed(request: HttpRequest, file: LessonFile, span: range) -> HttpResponseBase:
    is_part = len(span) != file.size_bytes
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse()
    else:
        path = Path(file.file.path)
        if not path.is_file():
            log.error("lesson_file.missing", file=str(file.pk))
            raise NoSuchFile
        flow = flowing(path, span) if isinstance(request, ASGIRequest) else pieces(path, span)
        answer = StreamingHttpResponse(flow, status=206 if is_part else 200)
    answer["Content-Length"] = str(len(span))
    if is_part:
        answer["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{file.size_bytes}"
    return answer


def _described(answer: HttpResponseBase, file: LessonFile, etag: str) -> HttpResponseBase:
    medium = file.medium
    answer["Content-Type"] = medium.content_type
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = NO_FRAMES if medium.content_type == "application/pdf" else NOTHING_RUNS
    answer["Content-Disposition"] = content_disposition_header(medium.is_saved, file.name) or "inline"
    return answer


def pieces(path: Path, span: range) -> Generator[bytes, None, None]:
    """The bytes of a span, a piece at a time. The first opens the file, so that an answer nobody reads leaves none."""
    with path.open("rb") as opened:
        opened.seek(span.start)
        left = len(span)
        while left and (piece := opened.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece


async def flowing(path: Path, span: range) -> AsyncIterator[bytes]:
    """The same beside an event loop. The page's database connection goes back first: a phone may take an hour."""
    await sync_to_async(connections.close_all)()
    flow = pieces(path, span)
    try:
        while piece := await asyncio.to_thread(next, flow, b""):
            yield piece
    finally:
        flow.close()
