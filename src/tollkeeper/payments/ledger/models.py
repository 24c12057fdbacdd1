"""The ledger's tables, to look at. Nothing here can be saved: rows are written by settle and by `services`."""

from __future__ import annotations

import msgspec
from django.db import models
from django.db.models.functions import Now

from tollkeeper.core.readonly import ReadOnly
from tollkeeper.payments.ledger.state import MAY_BE_OPEN, Access, PaymentState, Trouble
from tollkeeper.payments.ledger.state import Payment as Standing

FREE = ("complimentary", "imported")
"""Methods by which something may be had for nothing."""


def _one_of(column: str, values: type[PaymentState | Access | Trouble]) -> models.Q:
    return models.Q(**{f"{column}__in": [value.value for value in values]})


class Order(ReadOnly):
    """What somebody asked for."""

    id = models.UUIDField(primary_key=True)
    reference = models.TextField(unique=True)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    currency = models.TextField()
    total_minor = models.BigIntegerField()
    language = models.TextField(default="en")
    signed_in = models.BooleanField()
    """Whether the person was signed in; otherwise somebody typed their address, and it is not theirs until paid."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_order"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(total_minor__gte=0), name="ledger_order_total_not_negative_check"
            ),
        )


class OrderLine(ReadOnly):
    """One thing of an order: `kind:id`, with the title and price it was sold for."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    item = models.TextField()
    title = models.TextField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_order_line"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0), name="ledger_line_amount_not_negative_check"
            ),
        )


class Payment(ReadOnly):
    """An attempt to pay an order through one gateway."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    reference = models.TextField()
    gateway = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    lines = models.JSONField()
    facts = models.JSONField(db_default=models.Value({}, models.JSONField()))
    state = models.TextField(db_default=PaymentState.CREATED.value)
    access = models.TextField(db_default=Access.NONE.value)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_payment"
        constraints = (
            models.CheckConstraint(condition=_one_of("state", PaymentState), name="ledger_payment_state_check"),
            models.CheckConstraint(condition=_one_of("access", Access), name="ledger_payment_access_check"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0) | models.Q(amount_minor=0, gateway__in=FREE),
                name="ledger_payment_amount_fits_check",
            ),
            models.CheckConstraint(
                condition=~models.Q(access=Access.OPEN.value) | models.Q(state__in=sorted(MAY_BE_OPEN)),
                name="ledger_payment_open_means_paid_check",
            ),
        )

    def as_seen_by_reducer(self) -> Standing:
        """The row as `payments.ledger.state.Payment`."""
        fields = {name: getattr(self, name) for name in Standing.__struct_fields__}
        return msgspec.convert(fields, Standing)


class Queued(ReadOnly):
    """Whether a payment waits for a decision of staff, for those that ever did.

    It repeats what state and access tell. An index on these would end that a payment's row is rewritten on its page.
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    waits = models.BooleanField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_queue"
        indexes = (models.Index(fields=("payment",), condition=models.Q(waits=True), name="ledger_queue_waiting_idx"),)


class Evidence(ReadOnly):
    """A statement about a payment. Its key is (payment, key); the admin wants a single one."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, primary_key=True, related_name="+")
    key = models.TextField()
    kind = models.TextField()
    source = models.TextField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField()
    digest = models.TextField(null=True)  # noqa: DJ001  absent is not empty: evidence without raw bytes

    class Meta:
        db_table = "ledger_evidence"
        managed = False


class Intervention(ReadOnly):
    """A person must look, by a deadline. Closed only by a recorded act."""

    id = models.UUIDField(primary_key=True)
    subject = models.TextField()
    """A payment's id, or the digest of a message that belongs to none."""
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="interventions", null=True)
    trouble = models.TextField()
    suggestion = models.TextField()
    owner = models.TextField(db_default="staff")
    opened_at = models.DateTimeField(db_default=Now())
    deadline = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(db_default="")
    act = models.TextField(db_default="")

    class Meta:
        db_table = "ledger_intervention"
        constraints = (
            models.CheckConstraint(condition=_one_of("trouble", Trouble), name="ledger_intervention_trouble_check"),
            models.UniqueConstraint(
                fields=("subject", "trouble"),
                condition=models.Q(closed_at=None),
                name="ledger_intervention_one_open_key",
            ),
        )


class Delivery(ReadOnly):
    """A webhook as it came, byte for byte. Partitioned by month, kept 90 days; the digest stays in evidence."""

    id = models.UUIDField(primary_key=True)
    gateway = models.TextField()
    received_at = models.DateTimeField()
    body = models.BinaryField()
    headers = models.JSONField()
    digest = models.TextField()
    verdict = models.TextField()
    payment_id = models.UUIDField(null=True)

    class Meta:
        db_table = "ledger_delivery"
        managed = False


class Rejection(ReadOnly):
    """Rejected webhooks, counted per hour, reason and network; the first hundred of each are kept, 8 KiB each."""

    id = models.UUIDField(primary_key=True)
    hour = models.DateTimeField()
    reason = models.TextField()
    network = models.TextField()
    at = models.DateTimeField(db_default=Now())
    path = models.TextField()
    headers = models.JSONField()
    body = models.BinaryField()

    class Meta:
        db_table = "ledger_rejection"
        indexes = (models.Index(fields=("hour", "reason", "network"), name="ledger_rejection_bucket_idx"),)


class RejectionCount(ReadOnly):
    """How many webhooks were rejected, whether kept or not."""

    pk = models.CompositePrimaryKey("hour", "reason", "network")
    hour = models.DateTimeField()
    reason = models.TextField()
    network = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        db_table = "ledger_rejection_count"


class Poll(ReadOnly):
    """When to ask the gateway next about a payment that is not proven."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, primary_key=True, related_name="poll")
    started_at = models.DateTimeField(db_default=Now())
    present_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(db_default=Now())
    asked = models.IntegerField(db_default=0)

    class Meta:
        db_table = "ledger_poll"
        indexes = (models.Index(fields=("next_at",), name="ledger_poll_next_idx"),)


class Stage(ReadOnly):
    """When a payment passed a stage, for its timeline. Telemetry: losing a row loses a figure, never money."""

    pk = models.CompositePrimaryKey("payment_id", "stage")
    payment_id = models.UUIDField()
    stage = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_stage"


class Screens(ReadOnly):
    """Browsers that listened when a payment opened something, and those that said they showed it. Telemetry."""

    payment_id = models.UUIDField(primary_key=True)
    told = models.IntegerField()
    shown = models.IntegerField()

    class Meta:
        db_table = "ledger_screens"
