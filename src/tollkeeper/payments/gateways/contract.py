"""What a gateway is to us.

A third party offers one from a package of its own, through the entry point group `tollkeeper.gateway`: a function from
`Settings` to an object of this shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from tollkeeper.core.errors import Refusal
from tollkeeper.core.money import Money
from tollkeeper.core.registry import Socket
from tollkeeper.core.settings import Settings


class Link(msgspec.Struct, frozen=True, order=True):
    """The gateway's page for one payment: its id there, and its address."""

    id: str
    url: str = ""


class Reason(StrEnum):
    """Why a webhook was rejected. Each is counted by itself."""

    WRONG_METHOD = "wrong_method"
    TOO_LARGE = "too_large"
    UNSIGNED = "unsigned"
    WRONG_APP = "wrong_app"
    FORGED = "forged"
    MALFORMED = "malformed"
    WRONG_PATH = "wrong_path"
    STALE = "stale"
    OUTSIDE = "outside"
    UNKNOWN_PAYMENT = "unknown_payment"


class Rejected(Refusal):
    """That webhook is not from the gateway, or not for us."""

    code = "rejected"
    http_status = 400

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class GatewaySilent(Refusal):
    """The payment provider is not answering."""

    code = "gateway_silent"
    remedy = "Wait a minute and try again. Nothing was charged."
    http_status = 503


class GatewayRefused(Refusal):
    """The payment provider refused to open a payment page."""

    code = "gateway_refused"
    remedy = "Try again; if it happens again, write to the shop. Nothing was charged."
    http_status = 502


class GatewayKnowsNone(GatewayRefused):
    """The payment provider knows of no such payment."""

    code = "gateway_knows_none"


class Standing(StrEnum):
    """The gateway's answer about a payment."""

    PAID = "paid"
    UNPAID = "unpaid"
    UNKNOWN = "unknown"
    """A word that nobody has explained. Never taken for paid, never for failed."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment to be opened at the gateway.

    Args:
        payment_id: ours; the gateway echoes it in every message.
        reference: what the customer and the merchant read.
        amount: minor units and currency.
        description: shown to the payer.
        callback_url: where webhooks for this payment go.
        return_url: where the browser goes afterwards, whatever happened.
    """

    payment_id: UUID
    reference: str
    amount: Money
    description: str
    callback_url: str
    return_url: str


class Webhook(msgspec.Struct, frozen=True):
    """A message as it came.

    Args:
        path: percent-decoded path of the request, without query.
        headers: names in lower case.
        body: raw bytes.
        received_at: when its first byte was read.
    """

    path: str
    headers: Mapping[bytes, bytes]
    body: bytes
    received_at: datetime


class Notice(msgspec.Struct, frozen=True):
    """A webhook that is the gateway's own.

    Args:
        payment_id: whose.
        paid: True for a success, False for a failed attempt.
        link_id: the gateway's page.
        bound: whether the message is bound to this payment by an unguessable path.
    """

    payment_id: UUID
    paid: bool
    link_id: str
    bound: bool


@dataclass(frozen=True, slots=True)
class StatusRead:
    """The gateway's answer to a question of ours.

    Args:
        standing: paid, unpaid or unknown.
        link: the gateway's page.
        amount_minor: what was to be paid, in minor units; None when not told.
        asked_at: when we asked.
        payment_id: ours, where the answer names it.
    """

    standing: Standing
    link: Link
    amount_minor: int | None
    asked_at: datetime
    payment_id: UUID | None = None


class Gateway(Protocol):
    """A way to be paid. Reads and opens are coroutines; verification is pure, since it runs for every webhook."""

    @property
    def name(self) -> str:
        """The name in addresses and tables."""
        ...

    async def open(self, intent: Intent) -> Link:
        """Ask for a page where this intent can be paid. No money moves here.

        Raises:
            GatewaySilent: no answer; a page may or may not exist, so look with `find` before asking again.
            GatewayRefused: an answer that is no page.
        """
        ...

    async def find(self, payment_id: UUID) -> StatusRead | None:
        """The page opened for a payment, or None when the gateway knows of none.

        Raises:
            GatewaySilent: no usable answer.
        """
        ...

    async def read_status(self, link: Link) -> StatusRead:
        """Ask how a page stands.

        Raises:
            GatewaySilent: no usable answer.
        """
        ...

    async def history(self, since: date, until: date) -> list[StatusRead]:
        """Everything the gateway saw between two days, both included.

        Raises:
            GatewaySilent: no usable answer.
        """
        ...

    def verify(self, webhook: Webhook) -> Notice:
        """Tell whether a message is the gateway's own, in constant time.

        Raises:
            Rejected: with the reason.
        """
        ...

    def callback_path(self, payment_id: UUID) -> str:
        """The path, from the root of the public address, where webhooks for a payment are to go."""
        ...


gateways: Socket[Callable[[Settings], Gateway]] = Socket("gateway")
