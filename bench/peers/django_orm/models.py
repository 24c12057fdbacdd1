"""Our tables as Django's ORM sees them. What the database fills by itself is left out."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

from django.db import models


def time_ordered_id() -> UUID:
    """A UUIDv7, as ours: random ids would make the index slower."""
    bits = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


class Payment(models.Model):
    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    reference = models.TextField()
    gateway = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    lines = models.JSONField()
    facts = models.JSONField()
    state = models.TextField()
    access = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "ledger_payment"


class Evidence(models.Model):
    pk = models.CompositePrimaryKey("payment_id", "key")
    payment_id = models.UUIDField()
    key = models.TextField()
    kind = models.TextField()
    source = models.TextField()
    at = models.DateTimeField()
    data = models.JSONField()
    digest = models.TextField(null=True)

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "ledger_evidence"


class Poll(models.Model):
    payment_id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    next_at = models.DateTimeField()

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "ledger_poll"


class Grant(models.Model):
    id = models.UUIDField(primary_key=True)
    kind = models.TextField(default="purchase")
    person_id = models.UUIDField()
    course_id = models.UUIDField()
    payment_id = models.UUIDField()
    state = models.TextField()
    route = models.TextField()

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "enrolments_grant"


class JournalLine(models.Model):
    kind = models.TextField()
    payment_id = models.UUIDField()
    person_id = models.UUIDField()
    data = models.JSONField()

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "core_journal"


class Delivery(models.Model):
    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    gateway = models.TextField()
    received_at = models.DateTimeField()
    body = models.BinaryField()
    headers = models.JSONField()
    digest = models.TextField()
    verdict = models.TextField()
    payment_id = models.UUIDField()

    class Meta:
        app_label = "django_orm"
        managed = False
        db_table = "ledger_delivery"
