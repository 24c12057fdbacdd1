"""Webhooks of the demo's past: as they came, when each stage was passed, and those that nobody of ours sent."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tollkeeper.core.database import Cursor, as_json, statements, till
from tollkeeper.core.ids import id_at
from tollkeeper.payments.gateways.contract import Link

SQL = statements("tollkeeper.payments.ledger")
STAGES = (("received", 0.0), ("verified", 0.3), ("committed", 2.6), ("answered", 2.9), ("pushed", 7.5), ("shown", 61.0))
"""Stage → milliseconds after the webhook came."""
_NETWORK = "203.0.113.0/24"
"""Of the addresses that are kept for examples (RFC 5737)."""


def body_of(payment_id: UUID, link: Link, *, paid: bool) -> bytes:
    """A webhook's bytes, as the sandbox sends them."""
    status, code = ("SUCCESS", "00") if paid else ("FAILURE", "05")
    told = {"paylinkID": link.id, "status": status, "externalTransactionID": payment_id.hex, "responseCode": code}
    return msgspec.json.encode(told)


def keep(cursor: Cursor, payment_id: UUID, body: bytes, *, at: datetime, paid: bool) -> None:
    """Keep a webhook that was settled, and when its payment passed each stage; some customers had gone by then."""
    row = {
        "id": id_at(at),
        "gateway": "ikhokha",
        "received_at": at,
        "body": b64encode(body).decode(),
        "headers": _headers(body),
        "digest": hashlib.sha256(body).hexdigest(),
        "verdict": "settled",
        "payment_id": payment_id,
    }
    slower = 1 + payment_id.bytes[15] / 128
    seen = STAGES if payment_id.bytes[14] % 5 else STAGES[:-1]
    stages = [
        {"payment_id": payment_id, "stage": name, "at": at + timedelta(milliseconds=ms * slower)} for name, ms in seen
    ]
    with till(cursor):
        cursor.execute(SQL["insert_deliveries"], {"deliveries": as_json([row])})
    if paid:
        cursor.execute(SQL["insert_stages"], {"stages": as_json(stages)})


def forged(number: int, at: datetime) -> dict[str, object]:
    """A webhook that was refused: every fourth without a signature, the others with one that does not fit."""
    body = body_of(id_at(at), Link(f"forged{number}"), paid=True)
    headers = {name: text for name, text in _headers(body).items() if number % 4 or name != "ik-sign"}
    return {
        "id": id_at(at),
        "at": at,
        "reason": "forged" if number % 4 else "unsigned",
        "network": _NETWORK,
        "path": "/webhooks/ikhokha/" + hashlib.sha256(body).hexdigest()[:32],
        "headers": as_json(headers),
        "body": body,
    }


def _headers(body: bytes) -> dict[str, str]:
    """Signed by nobody: the sandbox has a new secret each time it starts, so no old signature fits anyway."""
    return {
        "content-type": "application/json",
        "ik-appid": "PRACTICE",
        "ik-sign": hashlib.sha256(body[::-1]).hexdigest(),
    }
