"""Send callbacks, with their faults, and remember each: what was sent, when, and what was answered."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import msgspec

from tollkeeper.sandbox.chaos import LONGEST_MS, Chaos, How, Struck, Where
from tollkeeper.sandbox.links import Link, instant
from tollkeeper.sandbox.signing import Credentials, path_of, sign

REMEMBERED = 100_000
TURNED = {"SUCCESS": "FAILURE", "FAILURE": "SUCCESS"}
RESPONSE_CODES = {"SUCCESS": "00", "FAILURE": "99"}


class Fate(StrEnum):
    """What became of a callback."""

    OUTSTANDING = "outstanding"
    ANSWERED = "answered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DROPPED = "dropped"
    FORBIDDEN = "forbidden"


class Attempt(msgspec.Struct):
    """One sending: when, the status answered or the error, and how long that took."""

    at: str
    status: int | None
    error: str | None
    ms: float


class Callback(msgspec.Struct, kw_only=True, rename={"paylink_id": "paylinkID"}):
    """One callback as it travels, and what came back."""

    number: int
    paylink_id: str
    status: str
    url: str
    body: str
    signature: str
    faults: list[How]
    fate: Fate = Fate.OUTSTANDING
    attempts: list[Attempt] = []


class Retries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often an unanswered or refused callback is sent again, and after how long.

    The real gateway's habit is unknown, so none is the default. A retry repeats the same bytes.
    """

    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    spacing_ms: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)] = 1_000


@dataclass
class Policy:
    """How callbacks leave."""

    retries: Retries = field(default_factory=Retries)
    timeout_ms: int = 15_000
    concurrency: int = 32
    allow_remote: bool = False

    def allows(self, url: str) -> bool:
        """Whether callbacks may go there: to this machine, or anywhere if that was asked for."""
        return self.allow_remote or is_loopback(urlsplit(url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether the host, a name or an address, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Lanes:
    """Idle clients of one connection each, lent out and taken back; a new one is made when none is idle.

    A client's own pool slows with every connection in it: 1,150 callbacks a second over one, 440 over 128, measured
    with httpx 0.28. Separate clients keep the pace at any number.
    """

    def __init__(self, timeout_ms: int) -> None:
        """Args:
        timeout_ms: how long connecting, sending and each wait for the answer may take.
        """
        self._timeout = timeout_ms / 1000
        self._trust = ssl.create_default_context()
        self._idle: list[httpx.AsyncClient] = []

    @contextmanager
    def lane(self) -> Iterator[httpx.AsyncClient]:
        """Lend a client."""
        client = self._idle.pop() if self._idle else self._new()
        try:
            yield client
        finally:
            self._idle.append(client)

    def _new(self) -> httpx.AsyncClient:
        # Without the environment's settings: a proxy would carry callbacks off this machine.
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return httpx.AsyncClient(timeout=self._timeout, limits=limits, verify=self._trust, trust_env=False)

    async def close(self) -> None:
        """Hang up on every lane; call when no lane is lent."""
        while self._idle:
            await self._idle.pop().aclose()


class PostOffice:
    """Sends callbacks and keeps their log, the newest 100,000."""

    def __init__(self, lanes: Lanes, credentials: Credentials, policy: Policy, chaos: Chaos) -> None:
        """Args:
        lanes: clients to send with.
        credentials: whose id and secret sign.
        policy: retries, and where callbacks may go.
        chaos: the faults to suffer.
        """
        self.policy = policy
        self.chaos = chaos
        self._lanes = lanes
        self._credentials = credentials
        self._log: dict[int, Callback] = {}
        self.count = 0
        self._gate = asyncio.Semaphore(policy.concurrency)
        self._held: asyncio.Event | None = None

    def forget(self) -> None:
        """Empty the log and number callbacks from one again."""
        self._log.clear()
        self.count = 0

    def get(self, number: int) -> Callback | None:
        """Return the callback with this number, if it is still remembered."""
        return self._log.get(number)

    def since(self, number: int, paylink_id: str | None = None) -> Iterator[Callback]:
        """Yield the callbacks with a higher number, of one link or of all, oldest first."""
        for callback in self._log.values():
            if callback.number > number and paylink_id in (None, callback.paylink_id):
                yield callback

    async def send(
        self, link: Link, status: str, *, faultless: bool = False, gate: asyncio.Semaphore | None = None
    ) -> Callback:
        """Send one callback and return it when its last attempt is over.

        Args:
            link: whose.
            status: SUCCESS or FAILURE.
            faultless: leave out the chaos.
            gate: bounds how many travel at once; the policy's when left out.
        """
        spare = frozenset({How.REORDER}) if self._held else frozenset()
        struck = {} if faultless else self.chaos.strike(Where.CALLBACK, link.paylink_id, spare=spare)
        callback = self._written(link, status, struck)
        if not self.policy.allows(callback.url):
            callback.fate = Fate.FORBIDDEN
        elif How.DROP in struck:
            callback.fate = Fate.DROPPED
        else:
            await self._deliver(callback, struck, gate or self._gate)
        return callback

    def _written(self, link: Link, status: str, struck: Struck) -> Callback:
        body, signature = _composed(link, status, struck, self._credentials.secret)
        self.count += 1
        callback = Callback(
            number=self.count,
            paylink_id=link.paylink_id,
            status=status,
            url=link.callback_url,
            body=body.decode(errors="replace"),
            signature=signature,
            faults=list(struck),
        )
        self._log[callback.number] = callback
        if len(self._log) > REMEMBERED:
            del self._log[next(iter(self._log))]
        return callback

    async def _deliver(self, callback: Callback, struck: Struck, gate: asyncio.Semaphore) -> None:
        held = self._held = asyncio.Event() if How.REORDER in struck else self._held
        if delay := struck.get(How.DELAY):
            await asyncio.sleep(delay["delay_ms"] / 1000)
        if (hold := struck.get(How.REORDER)) and held:
            await self._overtaken(held, hold["hold_ms"])
        copies = [self._post_until_answered(callback, gate)]
        if double := struck.get(How.DOUBLE):
            copies.append(self._post_until_answered(callback, gate, wait_ms=double["gap_ms"]))
        await asyncio.gather(*copies)
        if self._held and How.REORDER not in struck:
            self._held.set()

    async def _overtaken(self, held: asyncio.Event, hold_ms: int) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(held.wait(), hold_ms / 1000)
        finally:
            self._held = None

    async def _post_until_answered(self, callback: Callback, gate: asyncio.Semaphore, wait_ms: int = 0) -> None:
        await asyncio.sleep(wait_ms / 1000)
        retries = self.policy.retries
        for turn in range(1 + retries.retries):
            if turn:
                await asyncio.sleep(retries.spacing_ms / 1000)
            async with gate:
                attempt = await self._post(callback)
            callback.attempts.append(attempt)
            callback.fate = _fate_of(attempt)
            if callback.fate is Fate.ANSWERED:
                return

    async def _post(self, callback: Callback) -> Attempt:
        headers = {
            "content-type": "application/json",
            "ik-appid": self._credentials.app_id,
            "ik-sign": callback.signature,
        }
        at, began = instant(), time.perf_counter()
        status, error = None, None
        with self._lanes.lane() as client:
            try:
                status = (await client.post(callback.url, content=callback.body.encode(), headers=headers)).status_code
            except httpx.HTTPError as failure:
                error = type(failure).__name__
        return Attempt(at, status, error, round((time.perf_counter() - began) * 1000, 3))


def _composed(link: Link, status: str, struck: Struck, secret: str) -> tuple[bytes, str]:
    path = path_of(link.callback_url)
    plain = body = _body_of(link, status)
    if How.TEXT in struck or How.TEXT_UNSIGNED in struck:
        body = _body_of(link, status, text="Approved" if status == "SUCCESS" else "Declined")
    signature = sign(
        f"not {secret}" if How.FORGE in struck else secret, path, plain if How.TEXT_UNSIGNED in struck else body
    )
    if How.TAMPER in struck:
        body = body.replace(f'"{status}"'.encode(), f'"{TURNED[status]}"'.encode(), 1)
    return (body[: len(body) // 2] if How.TRUNCATE in struck else body), signature


def _body_of(link: Link, status: str, **more: str) -> bytes:
    return msgspec.json.encode(
        {
            "paylinkID": link.paylink_id,
            "status": status,
            "externalTransactionID": link.external_transaction_id,
            "responseCode": RESPONSE_CODES[status],
            **more,
        }
    )


def _fate_of(attempt: Attempt) -> Fate:
    if attempt.status is None:
        return Fate.UNREACHABLE
    return Fate.ANSWERED if 200 <= attempt.status < 300 else Fate.REFUSED
