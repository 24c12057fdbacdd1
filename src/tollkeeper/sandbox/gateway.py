"""The wire contract: create a paylink, read its status, read the history. Each request is signed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tollkeeper.sandbox.answers import TooLarge, body_of, json_answer, refusal, refusing, spoilt
from tollkeeper.sandbox.callbacks import Policy
from tollkeeper.sandbox.chaos import Chaos, How, Struck, Where
from tollkeeper.sandbox.links import Link, Links, State, instant
from tollkeeper.sandbox.signing import Credentials

BASE = "/public-api/v1/api"
ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class Urls(msgspec.Struct, kw_only=True, rename="camel"):
    """Where the gateway sends the callback and the browser."""

    callback_url: Text
    success_page_url: Text
    failure_page_url: Text
    cancel_url: Text | None = None


class CreateRequest(msgspec.Struct, kw_only=True, rename="camel"):
    """The body of a create call. The amount is in cents."""

    amount: Annotated[int, msgspec.Meta(gt=0, le=10**12)]
    currency: str
    requester_url: Text
    mode: str
    external_transaction_id: Text = msgspec.field(name="externalTransactionID")
    urls: Urls
    entity_id: str | None = msgspec.field(default=None, name="entityID")
    external_entity_id: str | None = msgspec.field(default=None, name="externalEntityID")
    description: str | None = None
    payment_reference: str | None = None


class Unacceptable(ValueError):
    """The request breaks the contract."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL that a browser or we can be sent to.

    Raises:
        Unacceptable: not an http or https URL, or with user information.
    """
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        found = ORIGIN.fullmatch(f"{parts.scheme}://{parts.netloc}")
        if found is None or not (parts.port is None or parts.port > 0):
            raise Unacceptable(f"{url!r} is not an http or https URL.")
    except (ValueError, httpx.InvalidURL) as error:
        raise Unacceptable(f"{url!r} is not an http or https URL.") from error
    return found[0]


class Gateway:
    """The four calls of the contract."""

    def __init__(self, credentials: Credentials, links: Links, chaos: Chaos, policy: Policy, public_url: str) -> None:
        """Args:
        credentials: the merchant who may call.
        links: where links are kept.
        chaos: the faults to suffer.
        policy: where callbacks may go.
        public_url: the pay page's origin.
        """
        self._credentials = credentials
        self._links = links
        self._chaos = chaos
        self._policy = policy
        self._public_url = public_url

    def routes(self) -> list[Route]:
        """Return the contract's addresses."""
        return [
            Route(f"{BASE}/payment", self._signed(self.create), methods=["POST"]),
            Route(f"{BASE}/getStatus/external", self._signed(self.status_by_reference), methods=["GET"]),
            Route(f"{BASE}/getStatus/{{paylink_id}}", self._signed(self.status), methods=["GET"]),
            Route(f"{BASE}/payments/history", self._signed(self.history), methods=["GET"]),
        ]

    def _signed(
        self, call: Callable[[Request, bytes], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            try:
                body = await body_of(request)
            except TooLarge as error:
                return refusal(413, str(error))
            path = request.scope["raw_path"].decode("latin-1")
            if not self._credentials.knows(request.headers.get("ik-appid", "")):
                return refusal(401, "IK-APPID is missing or unknown here.")
            if not self._credentials.accepts(request.headers.get("ik-sign", ""), path, body):
                return refusal(401, "IK-SIGN is missing or does not fit the path and body.")
            return await call(request, body)

        return checked

    async def create(self, request: Request, body: bytes) -> Response:
        """Make a payment link."""
        struck = self._chaos.strike(Where.CREATE, "create")
        if no := refusing(struck):
            return no
        try:
            link = self._made(_understood(body, self._policy))
        except Unacceptable as error:
            return refusal(400, str(error))
        answer = {
            "responseCode": "00",
            "message": "",
            "paylinkUrl": f"{self._public_url}/pay/{link.paylink_id}",
            "paylinkID": link.paylink_id,
            "externalTransactionID": link.external_transaction_id,
        }
        return await spoilt(request, json_answer(200, answer), struck)

    def _made(self, wanted: CreateRequest) -> Link:
        number, paylink_id = self._links.next_id()
        link = Link(
            number=number,
            paylink_id=paylink_id,
            external_transaction_id=wanted.external_transaction_id,
            amount_minor=wanted.amount,
            description=wanted.description or "",
            mode=wanted.mode,
            callback_url=wanted.urls.callback_url,
            success_url=wanted.urls.success_page_url,
            failure_url=wanted.urls.failure_page_url,
            cancel_url=wanted.urls.cancel_url or wanted.urls.failure_page_url,
            created_at=instant(),
        )
        self._links.keep(link)
        return link

    async def status(self, request: Request, _body: bytes) -> Response:
        """Tell a link's status by its id."""
        return await self._told(request, self._links.get(request.path_params["paylink_id"]))

    async def status_by_reference(self, request: Request, _body: bytes) -> Response:
        """Tell the status of the newest link made for the merchant's own reference."""
        reference = request.query_params.get("externalReference")
        if not reference:
            return refusal(400, "The query needs externalReference, the externalTransactionID of the link.")
        return await self._told(request, self._links.newest_for(reference))

    async def _told(self, request: Request, link: Link | None) -> Response:
        struck = self._chaos.strike(Where.STATUS, link.paylink_id if link else "unknown")
        if no := refusing(struck):
            return no
        answer = json_answer(200, _status_of(link, struck)) if link else refusal(404, "There is no such payment link.")
        return await spoilt(request, answer, struck)

    async def history(self, request: Request, _body: bytes) -> Response:
        """List the links of some days, both included, UTC. The answer's shape is our guess: nobody has shown one."""
        struck = self._chaos.strike(Where.HISTORY, "history")
        if no := refusing(struck):
            return no
        try:
            first, last = (_day_in(request, name) for name in ("startDate", "endDate"))
        except Unacceptable as error:
            return refusal(400, str(error))
        if last < first:
            return refusal(400, "endDate is before startDate.")
        found = [
            {**_status_of(link, struck), "externalTransactionID": link.external_transaction_id}
            for link in self._links.between(first, last)
        ]
        return await spoilt(request, json_answer(200, found), struck)


def _understood(body: bytes, policy: Policy) -> CreateRequest:
    try:
        wanted = msgspec.json.decode(body, type=CreateRequest)
    except (ValueError, RecursionError) as error:
        raise Unacceptable(f"The body does not fit the contract: {error}.") from error
    if wanted.currency != "ZAR":
        raise Unacceptable("currency must be ZAR.")
    if wanted.mode not in ("live", "test"):
        raise Unacceptable("mode must be live or test.")
    urls = wanted.urls
    for url in (wanted.requester_url, urls.success_page_url, urls.failure_page_url, urls.cancel_url, urls.callback_url):
        if url is not None:
            origin_of(url)
    if not policy.allows(urls.callback_url):
        raise Unacceptable(
            "callbackUrl is not on this machine. The sandbox calls loopback addresses only, "
            "unless it was started with --allow-remote-callbacks."
        )
    return wanted


def _status_of(link: Link, struck: Struck) -> dict[str, str | int]:
    wrong = struck.get(How.WRONG_AMOUNT)
    return {
        "paylinkID": link.paylink_id,
        "status": State.PENDING if How.UNPAID in struck and link.state is State.PAID else link.state,
        "createdAt": link.created_at,
        "amount": link.amount_minor + (wrong["cents"] if wrong else 0),
        "description": link.description,
    }


def _day_in(request: Request, name: str) -> date:
    text = request.query_params.get(name, "")
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Unacceptable(f"{name} must be a date, YYYY-MM-DD.")
