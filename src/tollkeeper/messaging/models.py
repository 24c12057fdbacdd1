"""The outbox's table, for pages that show it. Writing goes through `outbox` and `delivery`."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tollkeeper.core.ids import new_id


class OutboxMessage(models.Model):
    """One message to one address, from wish to proof."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dedupe_key = models.TextField(unique=True)
    """Why the message exists, for example `receipt:<payment>`; the same reason never makes a second message."""
    channel = models.TextField(db_default="email")
    recipient = models.TextField()
    subject = models.TextField(db_default="")
    text = models.TextField()
    html = models.TextField(db_default="")
    language = models.TextField(db_default="en")
    payment_id = models.UUIDField(null=True)
    sensitive = models.BooleanField(db_default=False)
    """Holds a secret such as a sign-in link; its text is emptied as soon as it is sent or given up."""
    created_at = models.DateTimeField(db_default=Now())
    state = models.TextField(db_default="waiting")
    attempts = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    possible_repeat = models.BooleanField(db_default=False)
    """An earlier attempt ended without an answer, so it may have arrived."""
    provider_answer = models.TextField(db_default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_outbox"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=("waiting", "sending", "sent", "failed")),
                name="messaging_outbox_known_state_check",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="messaging_outbox_sent_has_time_check",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sending", lease_until__isnull=False)
                | (~models.Q(state="sending") & models.Q(lease_until__isnull=True)),
                name="messaging_outbox_sending_has_lease_check",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_at",),
                condition=models.Q(state__in=("waiting", "sending")),
                name="messaging_outbox_due_idx",
            ),
            models.Index(
                fields=("payment_id",),
                condition=models.Q(payment_id__isnull=False),
                name="messaging_outbox_payment_idx",
            ),
            models.Index(fields=("id",), condition=models.Q(state="failed"), name="messaging_outbox_given_up_idx"),
        )
