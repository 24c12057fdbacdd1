"""Acts of the office that join other rooms' acts: each ends in theirs, and leaves its own line in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from tollkeeper.accounts.models import Person
from tollkeeper.console.errors import NotReplayable, NotYourself
from tollkeeper.console.queries import Row, record
from tollkeeper.core import audit
from tollkeeper.core.errors import Refusal
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.contract import Gateway, Notice, Webhook
from tollkeeper.payments.ledger import rules
from tollkeeper.payments.ledger.services import bring, gateway, read_status_now
from tollkeeper.payments.ledger.settle import Verdict
from tollkeeper.payments.transfers import services as transfers

ASK_SECONDS = 6.0
"""How long somebody of the office waits for the gateway's answer."""


def decide(
    payment_ids: Sequence[UUID], *, opens: bool, seen: Mapping[UUID, int], by: str, reason: str
) -> list[Refusal | None]:
    """Approve or reject payments, each in a transaction of its own: one that is refused stops no other.

    Args:
        payment_ids: in the order in which they are decided.
        seen: the greatest number of a proof of transfer that was on the page, for each payment; 0 for none.
        by: the person's e-mail address.
        reason: one sentence for all of them.

    Returns:
        For each, in the order given: why not, or None where it was done.
    """
    act = transfers.approve if opens else transfers.reject
    return [_refusal(act, payment_id, seen=seen.get(payment_id, 0), by=by, reason=reason) for payment_id in payment_ids]


def _refusal(act: Callable[..., None], payment_id: UUID, **keywords: object) -> Refusal | None:
    try:
        act(payment_id, **keywords)
    except Refusal as refusal:
        return refusal
    return None


def ask_gateway(payment_id: UUID, *, by: str) -> bool:
    """Ask the gateway about a payment now, and settle what it says.

    Returns:
        Whether it answered.
    """
    with raw_cursor() as cursor:
        audit.record(cursor, act="payment.ask", thing=str(payment_id), by=by)
    return read_status_now(payment_id, timeout_seconds=ASK_SECONDS)


def replay_delivery(delivery_id: UUID, *, by: str) -> Verdict:
    """Bring a stored webhook again, as if it came now: verified anew, and never enough alone.

    It opens nothing that the gateway does not confirm, whatever the policy was when it came.

    Raises:
        NoSuchRecord: it is not kept any more.
        NotReplayable: its signature does not fit, or it belongs to no payment of ours.
    """
    delivery = record("one_delivery", delivery_id)
    speaker = gateway(delivery["gateway"])
    notice = _verified(speaker, delivery)
    (outcome,) = bring([rules.from_notice(notice, at=delivery["received_at"], digest=delivery["digest"])])
    with raw_cursor() as cursor:
        told = {"verdict": outcome.verdict.value, "payment_id": str(notice.payment_id)}
        audit.record(cursor, act="delivery.replay", thing=str(delivery_id), by=by, data=told)
    if notice.paid and outcome.payment is not None:
        read_status_now(notice.payment_id, timeout_seconds=ASK_SECONDS)
    return outcome.verdict


def _verified(speaker: Gateway, delivery: Row) -> Notice:
    """What a stored webhook says. Its path was not stored; it is the one that we registered for its payment."""
    if delivery["payment_id"] is None:
        raise NotReplayable("This webhook belongs to no payment of ours.")
    headers = {name.encode(): value.encode("latin-1") for name, value in delivery["headers"].items()}
    path = speaker.callback_path(delivery["payment_id"]).removeprefix(urlsplit(settings().address).path)
    try:
        return speaker.verify(Webhook(path, headers, bytes(delivery["body"]), delivery["received_at"]))
    except Refusal as refusal:
        raise NotReplayable(f"This webhook cannot be brought again: {refusal.sentence}") from refusal


def set_standing(person: Person, *, staff: bool, active: bool, by: Person) -> None:
    """Let a person into the console or out of it, and switch their sign-in on or off.

    Whoever is switched off is signed out everywhere at their next click.

    Raises:
        NotYourself: it would take away one's own way in.
    """
    if person.pk == by.pk and not (staff and active):
        raise NotYourself
    with transaction.atomic():
        known = Person.objects.select_for_update().get(pk=person.pk)
        changed = {
            name: value
            for name, value in (("is_staff", staff), ("is_active", active))
            if getattr(known, name) is not value
        }
        if not changed:
            return
        Person.objects.filter(pk=person.pk).update(**changed)
        with raw_cursor() as cursor:
            audit.record(cursor, act="person.standing", thing=known.email, by=by.email, data=changed)
