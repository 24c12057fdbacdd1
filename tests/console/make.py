"""What the office works with: a webhook, a rejection, a message, a run, an intervention."""

from __future__ import annotations

import hashlib

from tollkeeper.core.clock import now
from tollkeeper.core.database import as_json, statements, till
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.payments.ledger.queries import open_interventions
from tollkeeper.payments.ledger.settle import open_interventions as ask_for_a_person
from tollkeeper.payments.ledger.state import Payment, Trouble

LEDGER = statements("tollkeeper.payments.ledger")


def one_of_everything(staff, buyer, course, payment):
    """Keyword arguments of the console's addresses, each naming something that exists."""
    return {
        "payment_id": payment.id,
        "person_id": buyer.pk,
        "course_id": course.pk,
        "lesson_id": course.lessons.first().pk,
        "delivery_id": delivery(payment),
        "rejection_id": rejection(),
        "message_id": message(payment),
        "intervention_id": intervention(payment, Trouble.UNSETTLED),
    }


def delivery(payment: Payment | None, body: bytes = b'{"status":"SUCCESS"}', **more):
    from django.db import connection

    number = new_id()
    row = {
        "gateway": "ikhokha",
        "headers": {"ik-sign": "00", "content-type": "application/json"},
        "verdict": "unsettled",
        "payment_id": payment.id if payment else None,
    } | more
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)"
            " VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s)",
            (number, row["gateway"], now(), body, as_json(row["headers"]), hashlib.sha256(body).hexdigest(),
             row["verdict"], row["payment_id"]),
        )  # fmt: skip
    return number


def rejection(body: bytes = b"\x00\xff<script>"):
    from django.db import connection

    number = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_rejection (id, hour, reason, network, at, path, headers, body)"
            " VALUES (%s, date_trunc('hour', now()), 'forged', '192.0.2.0/24', now(), '/webhooks/x', '{}', %s)",
            (number, body),
        )
    return number


def message(payment: Payment | None = None, **more):
    fields = {"recipient": "buyer@example.com", "subject": "Your course is open", "text": "Hello."} | more
    made = OutboxMessage.objects.create(
        dedupe_key=f"test:{new_id()}", payment_id=payment.id if payment else None, **fields
    )
    return made.pk


def intervention(payment: Payment, trouble: Trouble):
    with raw_cursor() as cursor, till(cursor):
        ask_for_a_person(cursor, [(payment.id, trouble)])
    (found,) = [one for one in open_interventions() if one.trouble == trouble]
    return found.id


def overdue(intervention_id, owner) -> None:
    """Let its deadline have passed; as the owner of the tables, since nothing of ours ever does."""
    owner.execute(
        "UPDATE ledger_intervention SET deadline = now() - interval '2 hours' WHERE id = %s", (intervention_id,)
    )
