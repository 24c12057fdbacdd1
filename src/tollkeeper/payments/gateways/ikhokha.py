"""iKhokha's pay links ("iK Pay API").

The contract as known from the vendor's samples and other people's production code is in docs/reference/ikhokha.md:
amounts in cents, ZAR only; requests and callbacks signed alike with the application's secret; no timestamp, event id,
amount or currency in a callback; a link never expires and a FAILURE is not final.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import httpx
import msgspec

from tollkeeper.core import clock
from tollkeeper.core.errors import Misconfigured
from tollkeeper.core.settings import Settings, secret_key
from tollkeeper.payments.gateways.contract import (
    GatewayKnowsNone,
    GatewayRefused,
    GatewaySilent,
    Intent,
    Link,
    Notice,
    Reason,
    Rejected,
    Standing,
    StatusRead,
    Webhook,
)
from tollkeeper.payments.gateways.transport import Transport

PAID_WORDS = frozenset({"PAID", "SUCCESS"})
UNPAID_WORDS = frozenset({"PENDING", "CREATED", "UNPAID", "FAILED", "FAILURE", "CANCELLED", "EXPIRED"})
"""Words seen for a link that is not paid (docs/reference/ikhokha.md 1.7). Any other word is unknown."""
OPEN_TIMEOUT_SECONDS = 15.0
DESCRIPTION_LENGTH = 180


class _Callback(msgspec.Struct):
    paylinkID: str  # noqa: N815  the gateway's spelling
    status: str
    externalTransactionID: str  # noqa: N815
    responseCode: str  # noqa: N815


_callback_decoder = msgspec.json.Decoder(_Callback)


def sign(key: hmac.HMAC, path: str, body: bytes = b"") -> str:
    """The signature of a request or callback (docs/reference/ikhokha.md 1.5).

    Args:
        key: HMAC-SHA256 made with the application's secret and nothing else; it is copied. Keyed once, since an HMAC in
            one call lets go of the interpreter, and under load each webhook then waits for the writers (bench).
        path: of the address, without host and query.
        body: exactly as sent; empty for GET.

    Returns:
        HMAC-SHA256 of the escaped path and body, lower-case hexadecimal.
    """
    message = path.encode() + body
    escaped = message.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"'", b"\\'").replace(b"\0", b"\\0")
    return _mac(key, escaped)


def _mac(key: hmac.HMAC, message: bytes) -> str:
    made = key.copy()
    made.update(message)
    return made.hexdigest()


class IKhokha:
    """Speaks to iKhokha.

    Args:
        settings: `ikhokha_*`, and the public address that callbacks are registered under.

    Raises:
        Misconfigured: the id or the secret is missing, or carries white space that would break signatures.
    """

    name = "ikhokha"

    def __init__(self, settings: Settings) -> None:
        if not settings.ikhokha_app_id or settings.ikhokha_app_secret is None:
            raise Misconfigured("iKhokha needs TOLLKEEPER_IKHOKHA_APP_ID and TOLLKEEPER_IKHOKHA_APP_SECRET.")
        self._app_id = settings.ikhokha_app_id.strip()
        self._key = hmac.new(settings.ikhokha_app_secret.get_secret_value().strip().encode(), digestmod="sha256")
        self._base = settings.ikhokha_base_url.rstrip("/")
        self._pay_page = settings.ikhokha_pay_page
        self._pay_hosts = frozenset(settings.ikhokha_pay_hosts)
        self._mode = settings.ikhokha_mode
        self._address = settings.address
        self._prefix = urlsplit(settings.address).path
        self._loopback_allowed = not settings.production
        callback_secret = hashlib.sha256(b"tollkeeper callback" + secret_key().encode()).digest()
        self._callback_key = hmac.new(callback_secret, digestmod="sha256")
        self._transport = Transport(status_timeout_seconds=settings.ikhokha_status_timeout_seconds)
        self._transport.warm()

    def __repr__(self) -> str:
        return "IKhokha()"

    # Verification

    def callback_path(self, payment_id: UUID) -> str:
        """`/webhooks/ikhokha/<token>`. The path is signed, so the token binds a callback to one payment."""
        return f"{self._prefix}/webhooks/{self.name}/{self._token(payment_id)}"

    def verify(self, webhook: Webhook) -> Notice:
        """See `Gateway.verify`. Accepts the raw body, or its compact form without `text`: both forms are in use."""
        signature = webhook.headers.get(b"ik-sign", b"")
        if not signature:
            raise Rejected(Reason.UNSIGNED, "The header ik-sign is missing.")
        if not hmac.compare_digest(webhook.headers.get(b"ik-appid", b""), self._app_id.encode()):
            raise Rejected(Reason.WRONG_APP, "The header ik-appid names another application.")
        path = self._prefix + webhook.path
        if not self._signed(path, webhook.body, signature):
            raise Rejected(Reason.FORGED, "The signature does not fit the path and body.")
        return self._notice(webhook)

    def _signed(self, path: str, body: bytes, signature: bytes) -> bool:
        if hmac.compare_digest(sign(self._key, path, body).encode(), signature):
            return True
        canonical = _without_text(body)
        return canonical is not None and hmac.compare_digest(sign(self._key, path, canonical).encode(), signature)

    def _notice(self, webhook: Webhook) -> Notice:
        try:
            callback = _callback_decoder.decode(webhook.body)
            payment_id = UUID(callback.externalTransactionID)
        except (ValueError, RecursionError) as error:
            raise Rejected(Reason.MALFORMED, f"The body is not a callback: {error}.") from error
        token = webhook.path.rpartition("/")[2]
        bound = hmac.compare_digest(token.encode(), self._token(payment_id).encode())
        if not bound and token not in {self.name, "ikhokha-webhook"}:
            raise Rejected(Reason.WRONG_PATH, "The path belongs to another payment.")
        match callback.status.upper(), callback.responseCode:
            case "SUCCESS", "00":
                return Notice(payment_id, paid=True, link_id=callback.paylinkID, bound=bound)
            case "FAILURE", _:
                return Notice(payment_id, paid=False, link_id=callback.paylinkID, bound=bound)
            case status, code:
                raise Rejected(Reason.MALFORMED, f"Status {status!r} with code {code!r} is neither.")

    def _token(self, payment_id: UUID) -> str:
        return _mac(self._callback_key, payment_id.bytes)[:32]

    # Questions

    async def open(self, intent: Intent) -> Link:
        """See `Gateway.open`."""
        body = msgspec.json.encode(self._order(intent))
        answer = await self._ask("POST", "/payment", body, seconds=OPEN_TIMEOUT_SECONDS)
        if answer.get("responseCode") != "00" or not answer.get("paylinkUrl") or not answer.get("paylinkID"):
            said = str(answer.get("message") or answer.get("responseCode"))[:200]
            raise GatewayRefused(f"The payment provider gave no payment page; it said: {said}.")
        return Link(str(answer["paylinkID"]), self._checked_page(str(answer["paylinkUrl"])))

    async def find(self, payment_id: UUID) -> StatusRead | None:
        """See `Gateway.find`."""
        query = urlencode({"externalReference": payment_id.hex})
        asked_at = clock.now()
        try:
            answer = await self._ask("GET", "/getStatus/external", query=query)
        except GatewayKnowsNone:
            return None
        return self._read(answer, asked_at) if answer.get("paylinkID") else None

    async def read_status(self, link: Link) -> StatusRead:
        """See `Gateway.read_status`."""
        asked_at = clock.now()
        read = self._read(await self._ask("GET", f"/getStatus/{quote(link.id, safe='')}"), asked_at)
        if read.link.id != link.id:
            raise GatewaySilent("The payment provider answered about another payment.")
        return read

    async def history(self, since: date, until: date) -> list[StatusRead]:
        """See `Gateway.history`. The answer's shape is not documented, so a list and an object holding one are read."""
        query = urlencode({"startDate": since.isoformat(), "endDate": until.isoformat()})
        asked_at = clock.now()
        answer = await self._ask("GET", "/payments/history", query=query)
        rows = answer.get("payments", answer.get("data", []))
        return [self._read(row, asked_at) for row in rows if isinstance(row, dict) and row.get("paylinkID")]

    async def _ask(
        self, method: str, path: str, body: bytes = b"", *, query: str = "", seconds: float | None = None
    ) -> dict[str, Any]:
        url = f"{self._base}{path}"
        headers = {"IK-APPID": self._app_id, "IK-SIGN": sign(self._key, urlsplit(url).path, body)}
        request = httpx.Request(
            method,
            f"{url}?{query}" if query else url,
            headers=headers | {"Accept": "application/json", "Content-Type": "application/json"},
            content=body or None,
        )
        return await self._transport.json(request, timeout_seconds=seconds)

    def _order(self, intent: Intent) -> dict[str, object]:
        return {
            "entityID": self._app_id,
            "amount": intent.amount.minor,
            "currency": intent.amount.currency,
            "requesterUrl": _plain(self._address),
            "mode": self._mode,
            "description": _plain(intent.description)[:DESCRIPTION_LENGTH],
            "paymentReference": intent.reference,
            "externalTransactionID": intent.payment_id.hex,
            "urls": {
                "callbackUrl": intent.callback_url,
                "successPageUrl": f"{intent.return_url}?back=success",
                "failurePageUrl": f"{intent.return_url}?back=failure",
                "cancelUrl": f"{intent.return_url}?back=cancel",
            },
        }

    def _checked_page(self, url: str) -> str:
        """The page's address, if a customer may be sent there."""
        parts = urlsplit(url)
        loopback = self._loopback_allowed and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        secure = parts.scheme == "https" and parts.hostname in self._pay_hosts and parts.port is None
        if not (secure or loopback) or parts.username or parts.fragment:
            raise GatewayRefused("The payment provider sent an address that is not one of its own.")
        return url

    def _read(self, answer: Mapping[str, Any], asked_at: Any) -> StatusRead:
        word = str(answer.get("status", "")).upper()
        standing = (
            Standing.PAID if word in PAID_WORDS else Standing.UNPAID if word in UNPAID_WORDS else Standing.UNKNOWN
        )
        amount = answer.get("amount")
        link_id = str(answer.get("paylinkID", ""))
        return StatusRead(
            standing,
            Link(link_id, f"{self._pay_page}{link_id}"),
            amount if isinstance(amount, int) and not isinstance(amount, bool) else None,
            asked_at,
            _uuid(answer.get("externalTransactionID")),
        )


def _plain(text: str) -> str:
    """ASCII without quotes and backslashes: samples disagree on escaping them (docs/reference/ikhokha.md 1.5)."""
    return text.encode("ascii", "ignore").decode().translate({34: None, 39: None, 92: None})


def _without_text(body: bytes) -> bytes | None:
    try:
        fields = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    return msgspec.json.encode({name: value for name, value in fields.items() if name != "text"})


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
