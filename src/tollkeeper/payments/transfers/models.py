"""The proofs' tables: who handed in what, when. The files lie beside the database (`storage.py`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tollkeeper.payments.transfers.kinds import Media


class Proof(models.Model):
    """A file that a customer handed in to prove a bank transfer."""

    id = models.UUIDField(primary_key=True, editable=False)
    payment_id = models.UUIDField()
    number = models.IntegerField()
    """In the order of staff's acts about the same payment; the ledger gives it."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the file, hexadecimal."""
    media = models.CharField(max_length=20)
    """What the file is by its content."""
    size = models.IntegerField()
    """Bytes."""
    name = models.CharField(max_length=120, blank=True, default="")
    """Where it was before it had a table whose rows may change (`ProofFile`); empty since."""
    pages = models.IntegerField()
    drawn = models.IntegerField()
    """How many of the pages have a preview."""
    uploaded_by = models.CharField(max_length=254)
    """The person's e-mail address, or the reference of the order whose browser sent it."""
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "transfers_proof"
        constraints = (
            models.UniqueConstraint(fields=("payment_id", "digest"), name="transfers_proof_one_per_file_key"),
            models.CheckConstraint(
                condition=models.Q(media__in=[media.value for media in Media]), name="transfers_proof_known_media_check"
            ),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="transfers_proof_not_empty_check"),
        )


class ProofFile(models.Model):
    """What may be forgotten of a proof, whose own row nobody can change: the file, and what its sender called it."""

    proof = models.OneToOneField(Proof, on_delete=models.PROTECT, primary_key=True, related_name="file")
    name = models.CharField(max_length=120, blank=True, default="")
    """What the sender called it, cleaned, for people to read; empty once removed. No file is ever called so."""
    removed_at = models.DateTimeField(null=True, editable=False)
    """When the file was removed, some time after the decision; None while it is kept."""

    class Meta:
        db_table = "transfers_file"
