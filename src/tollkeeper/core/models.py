"""The ground floor's tables, for pages that show them. Writing goes through the modules beside this one."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Switch(models.Model):
    """The switchboard's one row."""

    one = models.BooleanField(primary_key=True, default=True)
    version = models.BigIntegerField(default=0)
    site = models.TextField(default="normal")
    payments = models.TextField(default="open")
    access = models.TextField(default="normal")
    write = models.TextField(default="normal")

    class Meta:
        db_table = "core_switch"
        constraints = (models.CheckConstraint(condition=models.Q(one=True), name="core_switch_one_row_check"),)


class Flag(models.Model):
    """A flag that somebody turned."""

    name = models.TextField(primary_key=True)
    enabled = models.BooleanField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "core_flag"


class AuditLine(models.Model):
    """An act of a person or a mode."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    act = models.TextField()
    thing = models.TextField()
    by = models.TextField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "core_audit"


class Run(models.Model):
    """Work asked for by name."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()
    by = models.TextField()
    arguments = models.JSONField(default=dict)
    state = models.TextField(db_default="waiting")
    asked_at = models.DateTimeField(db_default=Now())
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True)

    class Meta:
        db_table = "core_run"
        indexes = (
            models.Index(
                fields=("id",), condition=~models.Q(state__in=("done", "failed")), name="core_run_waiting_idx"
            ),
        )


class JournalLine(models.Model):
    """A journal line. The table is partitioned by month; the admin wants one key, and `id` is unique in practice."""

    id = models.BigIntegerField(primary_key=True)
    xid = models.TextField()
    at = models.DateTimeField()
    kind = models.TextField()
    payment_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    data = models.JSONField()

    class Meta:
        db_table = "core_journal"
        managed = False
