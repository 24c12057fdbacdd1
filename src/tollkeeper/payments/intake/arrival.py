"""A webhook on its way through intake, and what it is answered."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from tollkeeper.payments.gateways.contract import Webhook
from tollkeeper.payments.ledger.state import Evidence

KEPT_HEADERS = {name.encode(): name for name in ("content-type", "user-agent", "ik-appid", "ik-sign")}
"""What a later replay needs, and nothing of the sender's more."""


class Answer(StrEnum):
    """What the gateway is told."""

    SETTLED = "settled"
    DUPLICATE = "duplicate"
    UNKNOWN_PAYMENT = "unknown_payment"
    UNSETTLED = "unsettled"
    BUSY = "busy"
    AWAY = "away"


STATUS = {
    Answer.SETTLED: 200,
    Answer.DUPLICATE: 200,
    Answer.UNKNOWN_PAYMENT: 404,
    Answer.UNSETTLED: 500,
    Answer.BUSY: 503,
    Answer.AWAY: 503,
}
"""200 says that the whole effect is durable. Anything else asks for the message again."""


class Delivery(msgspec.Struct, frozen=True):
    """A row of ledger_delivery; its body becomes base64 on the way there."""

    id: UUID
    gateway: str
    received_at: datetime
    body: bytes
    headers: dict[str, str]
    digest: str
    verdict: str
    payment_id: UUID


@dataclass(slots=True)
class Arrival:
    """One verified webhook.

    Args:
        webhook: as it came.
        gateway: whose.
        payment_id: ours.
        evidence: what it says, and what the gateway said when asked about it.
        digest: SHA-256 of the raw bytes, hexadecimal.
        verified_at: when the signature was found true.
        rounds: how often its payment was held by somebody else.
        answered: whether a writer has answered it.
        waiting: what its sender's request waits for, on the event loop.
    """

    webhook: Webhook
    gateway: str
    payment_id: UUID
    evidence: list[Evidence]
    digest: str
    verified_at: datetime
    rounds: int = 0
    answered: bool = False
    waiting: asyncio.Future[Answer] | None = None

    def delivery(self, number: UUID, verdict: str) -> Delivery:
        """The row that keeps the raw bytes, under a fresh id."""
        sent = self.webhook.headers
        return Delivery(
            id=number,
            gateway=self.gateway,
            received_at=self.webhook.received_at,
            body=self.webhook.body,
            headers={word: sent[name].decode("latin-1") for name, word in KEPT_HEADERS.items() if name in sent},
            digest=self.digest,
            verdict=verdict,
            payment_id=self.payment_id,
        )


def digest(body: bytes) -> str:
    """SHA-256 of raw bytes, hexadecimal."""
    return hashlib.sha256(body).hexdigest()
