"""Answers in JSON, and the ways to spoil one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tollkeeper.sandbox.chaos import How, Struck

BODY_LIMIT = 1_048_576
OUTAGE = "<!doctype html><title>Service unavailable</title><h1>We will be back soon</h1>"


class TooLarge(Exception):
    """The request's body is larger than this sandbox takes."""


def json_answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    """Return compact JSON."""
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """Return the gateway's "no": a response code other than 00 and a message."""
    return json_answer(status, {"responseCode": "99", "message": sentence}, headers)


async def body_of(request: Request) -> bytes:
    """Return the raw body.

    Raises:
        TooLarge: it is over 1 MiB; the rest is not read.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT:
            raise TooLarge(f"The body is larger than {BODY_LIMIT} bytes.")
    return bytes(body)


def refusing(struck: Struck) -> Response | None:
    """Return the refusal that a fault asks for before anything is done."""
    if How.ERROR in struck:
        return refusal(500, "Internal error.")
    if limit := struck.get(How.RATE_LIMIT):
        return refusal(429, "Too many requests.", {"Retry-After": str(limit["retry_after_s"])})
    return None


async def spoilt(request: Request, answer: Response, struck: Struck) -> Response:
    """Return the answer as the faults leave it, late if they say so."""
    if slow := struck.get(How.SLOW):
        await asyncio.sleep(slow["slow_ms"] / 1000)
    if silence := struck.get(How.TIMEOUT):
        await _hold(request, silence["hold_ms"])
        return refusal(504, "The gateway timed out.")
    if How.HTML in struck:
        return HTMLResponse(OUTAGE)
    if How.GARBAGE in struck:
        return Response(answer.body[: len(answer.body) // 2], media_type="application/json")
    return answer


async def _hold(request: Request, hold_ms: int) -> None:
    # The body has been read, so the next message is the caller's hanging up: a drill with long silences leaves
    # nothing behind.
    with suppress(TimeoutError):
        await asyncio.wait_for(request.receive(), hold_ms / 1000)
