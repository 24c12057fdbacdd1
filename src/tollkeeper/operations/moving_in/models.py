"""What has arrived, so that bringing it again changes nothing."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Arrival(models.Model):
    """A row of an earlier system that was brought here, written in the transaction that brought it."""

    pk = models.CompositePrimaryKey("source", "kind", "key")
    source = models.TextField()
    """The earlier system's name, as the mapping gives it."""
    kind = models.TextField()
    key = models.TextField()
    """The row's id there."""
    digest = models.TextField()
    """SHA-256 of what was understood of the row, hexadecimal."""
    thing_id = models.UUIDField()
    """Of the person, course, lesson or payment here."""
    run_id = models.UUIDField()
    outcome = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "moving_in_arrival"
