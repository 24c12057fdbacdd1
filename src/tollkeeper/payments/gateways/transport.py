"""HTTP to a gateway: one client per event loop, bounded in time and size, and every odd answer a `GatewaySilent`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any

import httpx
import msgspec

from tollkeeper.payments.gateways.contract import GatewayKnowsNone, GatewayRefused, GatewaySilent

MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_CONNECTIONS = 64


class Transport:
    """Sends requests and reads JSON objects.

    Args:
        status_timeout_seconds: how long an answer may take where the caller names no time.
    """

    def __init__(self, *, status_timeout_seconds: float) -> None:
        self._timeout = status_timeout_seconds
        self._held: dict[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncClient, AsyncGenerator[httpx.AsyncClient, None]]
        ] = {}

    def warm(self) -> None:
        """Read the certificates now, so that the first customer does not wait for it."""
        _trust()

    async def json(self, request: httpx.Request, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """The answer as an object. A list is wrapped as `{"data": [...]}`.

        Raises:
            GatewaySilent: no connection, no answer in time, a server's error, a rate limit, or no JSON.
            GatewayKnowsNone: 404.
            GatewayRefused: the gateway understood and said no (another 4xx).
        """
        limit = timeout_seconds or self._timeout
        try:
            async with asyncio.timeout(limit):
                answer = await (await self._client()).send(request)
        except (TimeoutError, httpx.HTTPError, httpx.StreamError) as error:
            raise GatewaySilent from error
        if answer.status_code >= 500 or answer.status_code in {408, 425, 429}:
            raise GatewaySilent(f"The payment provider answered {answer.status_code}.")
        if answer.status_code == 404:
            raise GatewayKnowsNone
        if not answer.is_success:
            raise GatewayRefused(f"The payment provider answered {answer.status_code}.")
        return _object(answer.content)

    async def _client(self) -> httpx.AsyncClient:
        """The running loop's client. A loop that ends closes its generators, and this one closes the client."""
        loop = asyncio.get_running_loop()
        if loop not in self._held:
            holding = self._hold(loop)
            self._held[loop] = (await anext(holding), holding)
        return self._held[loop][0]

    async def _hold(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[httpx.AsyncClient, None]:
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=16)
        client = httpx.AsyncClient(verify=_trust(), limits=limits, timeout=None, follow_redirects=False)  # noqa: S113  asyncio.timeout above bounds the whole exchange
        try:
            yield client
        finally:
            self._held.pop(loop, None)
            await client.aclose()


@cache
def _trust() -> ssl.SSLContext:
    """The machine's certificates, read once: reading them takes a tenth of a second."""
    return ssl.create_default_context()


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_ANSWER_BYTES:
        raise GatewaySilent("The payment provider's answer was too long.")
    try:
        value = msgspec.json.decode(content)
    except (ValueError, RecursionError) as error:
        raise GatewaySilent("The payment provider's answer was not JSON.") from error
    if isinstance(value, list):
        return {"data": value}
    if not isinstance(value, dict):
        raise GatewaySilent("The payment provider's answer was not an object.")
    return value
