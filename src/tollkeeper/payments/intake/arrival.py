"""A webhook on its way through intake, and what it is answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tollkeeper.core.ids import new_id
from tollkeeper.payments.gateways.contract import Webhook
from tollkeeper.payments.ledger.state import Evidence

KEPT_HEADERS = (b"content-type", b"user-agent", b"ik-appid", b"ik-sign")
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


@dataclass(slots=True)
class Arrival:
    """One verified webhook.

    Args:
        webhook: as it came.
        gateway: whose.
        payment_id: ours.
        evidence: what it says, and what the gateway said when asked about it.
        verified_at: when the signature was found true.
        rounds: how often its payment was held by somebody else.
        answered: whether a writer has answered it.
        waiting: what its sender's request waits for, on the event loop.
    """

    webhook: Webhook
    gateway: str
    payment_id: UUID
    evidence: list[Evidence]
    verified_at: datetime
    rounds: int = 0
    answered: bool = False
    waiting: asyncio.Future[Answer] | None = None
    id: UUID = field(default_factory=new_id)

    def delivery(self, verdict: str) -> dict[str, object]:
        """The row that keeps the raw bytes."""
        headers = self.webhook.headers
        return {
            "id": self.id,
            "gateway": self.gateway,
            "received_at": self.webhook.received_at,
            "body": base64.b64encode(self.webhook.body).decode(),
            "headers": {name.decode(): headers[name].decode("latin-1") for name in KEPT_HEADERS if name in headers},
            "digest": digest(self.webhook.body),
            "verdict": verdict,
            "payment_id": self.payment_id,
        }


def digest(body: bytes) -> str:
    """SHA-256 of raw bytes, hexadecimal."""
    return hashlib.sha256(body).hexdigest()
