"""The webhook endpoint: a bare ASGI application, so that nothing stands between the bytes and the till."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import msgspec

from tollkeeper.core import clock
from tollkeeper.payments.gateways.contract import Gateway, Reason, Rejected, Webhook
from tollkeeper.payments.intake.arrival import STATUS, Answer, Arrival, digest
from tollkeeper.payments.intake.gather import Gatherer
from tollkeeper.payments.intake.notebook import Notebook
from tollkeeper.payments.intake.policy import Trust

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PREFIX = "/webhooks/"
ALIASES: Mapping[str, str] = {"/.netlify/functions/ikhokha-webhook": "ikhokha"}
"""Addresses of an older set-up that may be pointed here. They bind no callback to its payment, so they are strict."""
RETRY_AFTER_SECONDS = 5
VERDICT_HEADER = b"tollkeeper-verdict"


@dataclass(frozen=True, slots=True)
class Intake:
    """Verifies, gathers, settles and answers webhooks.

    Args:
        gateways: by name.
        gatherer: settles.
        trust: decides what a callback is worth.
        notebook: keeps rejections and stages.
        max_body_bytes: longer bodies are refused unread.
        networks: where webhooks may come from; anywhere when empty.
    """

    gateways: Mapping[str, Gateway]
    gatherer: Gatherer
    trust: Trust
    notebook: Notebook
    max_body_bytes: int
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @staticmethod
    def takes(path: str) -> bool:
        """Whether an address is a webhook's."""
        return path.startswith(PREFIX) or path in ALIASES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        path = scope["path"]
        body = b""
        try:
            gateway = self._gateway(scope)
            body = await self._body(headers, receive)
            webhook = Webhook(path, headers, body, clock.now())
            notice = gateway.verify(webhook)
        except Rejected as rejected:
            self._note(rejected.reason, scope, headers, body)
            await _reply(send, _STATUS.get(rejected.reason, 400), rejected.reason, rejected.sentence)
            return
        except _Gone:
            return
        hashed = digest(body)
        evidence = await self.trust.evidence(gateway, notice, at=webhook.received_at, digest=hashed)
        arrival = Arrival(webhook, gateway.name, notice.payment_id, evidence, hashed, clock.now())
        answer = await self.gatherer.submit(arrival)
        if answer is Answer.UNKNOWN_PAYMENT:
            self._note(Reason.UNKNOWN_PAYMENT, scope, headers, body)
        await _reply(send, STATUS[answer], answer, "")
        if answer is Answer.SETTLED:
            self._timeline(arrival)

    def _gateway(self, scope: Scope) -> Gateway:
        path = scope["path"]
        name = ALIASES.get(path) or path.removeprefix(PREFIX).partition("/")[0]
        if name not in self.gateways:
            raise Rejected(Reason.WRONG_PATH, "There is no payment provider at this address.")
        if scope["method"] != "POST":
            raise Rejected(Reason.WRONG_METHOD, "A webhook is a POST.")
        if self.networks and not self._inside(scope):
            raise Rejected(Reason.OUTSIDE, "Webhooks are not taken from this address.")
        return self.gateways[name]

    def _inside(self, scope: Scope) -> bool:
        try:
            sender = ip_address((scope.get("client") or ("", 0))[0])
        except ValueError:
            return False
        return any(sender in network for network in self.networks)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The raw body, read no further than the limit."""
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > self.max_body_bytes:
            raise Rejected(Reason.TOO_LARGE, f"A webhook has at most {self.max_body_bytes} bytes.")
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            part = message.get("body", b"")
            size += len(part)
            if size > self.max_body_bytes:
                raise Rejected(Reason.TOO_LARGE, f"A webhook has at most {self.max_body_bytes} bytes.")
            parts.append(part)
            if not message.get("more_body"):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _note(self, reason: Reason, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> None:
        client = scope.get("client") or ("unknown", 0)
        self.notebook.rejected(reason, path=scope["path"], address=client[0], headers=headers, body=body)

    def _timeline(self, arrival: Arrival) -> None:
        self.notebook.passed(arrival.payment_id, "received", arrival.webhook.received_at)
        self.notebook.passed(arrival.payment_id, "verified", arrival.verified_at)
        self.notebook.passed(arrival.payment_id, "answered", clock.now())


_STATUS = {
    Reason.WRONG_METHOD: 405,
    Reason.TOO_LARGE: 413,
    Reason.UNSIGNED: 401,
    Reason.WRONG_APP: 401,
    Reason.FORGED: 401,
    Reason.WRONG_PATH: 404,
    Reason.OUTSIDE: 403,
}


class _Gone(Exception):
    """The sender hung up."""


async def _reply(send: Send, status: int, code: str, sentence: str) -> None:
    """Tell the code in a header, and what is to be mended in a body; without one the answer is a single packet."""
    headers, body = _answer(status, code, sentence)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=64)
def _answer(status: int, code: str, sentence: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    told = {"status": code, "detail": sentence} if sentence else {"status": code}
    body = b"" if status == 200 else msgspec.json.encode(told)
    headers = [(VERDICT_HEADER, code.encode()), (b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    if status == 503:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    if status == 405:
        headers.append((b"allow", b"POST"))
    return headers, body
