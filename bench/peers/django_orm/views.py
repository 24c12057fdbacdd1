"""The webhook as a Django view."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from django_orm.models import Delivery, Evidence, Grant, JournalLine, Payment, Poll

ACCEPTED_UP_TO = 500_000
KEPT_HEADERS = ("content-type", "user-agent", "ik-appid", "ik-sign")


def webhook(request: HttpRequest, token: str) -> JsonResponse:
    """Settle one callback in one transaction."""
    body, at = request.body, timezone.now()
    if not _signed(request, body):
        return JsonResponse({"status": "forged"}, status=401)
    said = json.loads(body)
    if said["status"] != "SUCCESS" or said["responseCode"] != "00":
        return JsonResponse({"status": "malformed"}, status=400)
    with transaction.atomic():
        try:
            payment = Payment.objects.select_for_update(no_key=True).get(id=UUID(said["externalTransactionID"]))
        except Payment.DoesNotExist:
            return JsonResponse({"status": "unknown_payment"}, status=404)
        verdict = "duplicate"
        if payment.state == "open":
            verdict = "settled"
            _settle(payment, said["paylinkID"], at, hashlib.sha256(body).hexdigest())
        Delivery.objects.create(
            gateway=payment.gateway,
            received_at=at,
            body=body,
            headers={name: request.headers[name] for name in KEPT_HEADERS},
            digest=hashlib.sha256(body).hexdigest(),
            verdict=verdict,
            payment_id=payment.id,
        )
    return JsonResponse({"status": verdict})


def _signed(request: HttpRequest, body: bytes) -> bool:
    message = request.path.encode() + body
    escaped = message.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"'", b"\\'").replace(b"\0", b"\\0")
    ours = hmac.digest(settings.IKHOKHA_APP_SECRET.encode(), escaped, "sha256").hex()
    same_app = request.headers.get("ik-appid") == settings.IKHOKHA_APP_ID
    return same_app and hmac.compare_digest(ours, request.headers.get("ik-sign", ""))


def _settle(payment: Payment, link: str, at: datetime, digest: str) -> None:
    decision = {"number": 1, "route": "fast_track"}
    heard = {"link": {"id": link, "url": ""}, "accepted_up_to": ACCEPTED_UP_TO}
    key = f"callback_success:{link}:{ACCEPTED_UP_TO}"
    Evidence.objects.bulk_create(
        [
            Evidence(
                payment_id=payment.id,
                key=key,
                kind="callback_success",
                source="webhook",
                at=at,
                data=heard,
                digest=digest,
            ),
            Evidence(payment_id=payment.id, key="decided:route", kind="decided", source="settle", at=at, data=decision),
        ]
    )
    payment.facts |= {"accepted": [link], "claimed_at": at.isoformat(), "decision": decision}
    payment.state, payment.access, payment.changed_at = "paid", "open", timezone.now()
    payment.save(update_fields=["facts", "state", "access", "changed_at"])
    line = payment.lines[0]
    Grant.objects.create(
        id=line["id"],
        person_id=payment.person_id,
        course_id=line["item"].partition(":")[2],
        payment_id=payment.id,
        state="open",
        route="fast_track",
    )
    now = timezone.now()
    Poll.objects.filter(payment_id=payment.id).update(next_at=now, started_at=now)
    told = {
        "reference": payment.reference,
        "items": [line["item"]],
        "gateway": payment.gateway,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "state": payment.state,
        "access": payment.access,
        "route": "fast_track",
        "proof": "accepted",
        "sources": ["settle", "webhook"],
    }
    JournalLine.objects.bulk_create(
        [
            JournalLine(kind=kind, payment_id=payment.id, person_id=payment.person_id, data=told)
            for kind in ("payment.paid", "access.open")
        ]
    )
