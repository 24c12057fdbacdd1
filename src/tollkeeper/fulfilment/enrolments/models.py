"""Who may open which course, and by what right."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tollkeeper.core.readonly import ReadOnly


class Grant(ReadOnly):
    """A right to a course. Bought, it has its order line's id: one line, one grant, whatever happens."""

    id = models.UUIDField(primary_key=True)
    # People, courses and payments are never deleted (triggers *_kept), so constraints would only be paid for with every
    # grant (decision 0008); so would an index on the person beside that on person and course.
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    course = models.ForeignKey("catalog.Course", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    payment = models.ForeignKey(
        "ledger.Payment", on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False
    )
    kind = models.TextField(db_default="purchase")
    """`purchase`, `complimentary` (given by staff) or `imported`; only a purchase needs a payment behind it."""
    state = models.TextField()
    route = models.TextField(null=True)  # noqa: DJ001  a gift took no route
    granted_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "enrolments_grant"
        indexes = (models.Index(fields=("person", "course"), name="enrolments_grant_person_idx"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=("pending", "open", "suspended", "rejected", "revoked")),
                name="enrolments_grant_state_check",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=("complimentary", "imported")) | models.Q(payment__isnull=False),
                name="enrolments_grant_purchase_has_payment_check",
            ),
        )


class Progress(models.Model):
    """A lesson that somebody says they have done: a signed-in person, or the guest behind an order of one browser."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)
    # An order is never deleted either (decision 0008).
    order = models.ForeignKey(
        "ledger.Order", on_delete=models.PROTECT, related_name="+", null=True, db_constraint=False
    )
    """A guest's address proves nothing, so what a guest has read is kept with the order until somebody signs in."""
    lesson = models.ForeignKey("catalog.Lesson", on_delete=models.CASCADE, related_name="+")
    done_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "enrolments_progress"
        constraints = (
            models.UniqueConstraint(fields=("person", "lesson"), name="enrolments_progress_once_per_person_key"),
            models.UniqueConstraint(fields=("order", "lesson"), name="enrolments_progress_once_per_order_key"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, order__isnull=True)
                | models.Q(person__isnull=True, order__isnull=False),
                name="enrolments_progress_is_somebodys_check",
            ),
        )


class FastTrackApproval(models.Model):
    """What was opened without a person, and what was checked. Operators query this table by its name (SPEC H1).

    It is written by a journal consumer and has no foreign keys: whoever drops it must not stop settlement.
    """

    id = models.BigAutoField(primary_key=True)
    timestamp = models.DateTimeField(db_default=Now(), db_index=True)
    payment_id = models.UUIDField(unique=True)
    person_id = models.UUIDField()
    reference = models.TextField()
    gateway = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    checks = models.JSONField()

    class Meta:
        db_table = "fast_track_approvals"


class StandingProof(models.Model):
    """When "paid means access" was last looked at, and when it last held: over what changed, and over everything."""

    kind = models.TextField(primary_key=True)
    ran_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    missing = models.IntegerField()
    unpaid = models.IntegerField()

    class Meta:
        db_table = "enrolments_proof"
