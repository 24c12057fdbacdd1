"""Reads of proofs. Whose payment it is was asked of the ledger before; a list names no way to a file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tollkeeper.payments.ledger.queries import evidence_of
from tollkeeper.payments.ledger.state import Kind
from tollkeeper.payments.transfers.errors import NoSuchProof
from tollkeeper.payments.transfers.kinds import ENDING, Media
from tollkeeper.payments.transfers.models import Proof, ProofFile

_PROOFS = Proof.objects.select_related("file")


@dataclass(frozen=True, slots=True)
class ProofView:
    """A proof as a page shows it.

    Args:
        id, payment_id: its own, and whose it is.
        number: in the order of staff's acts about the payment; an act of a higher number answers it.
        digest: SHA-256, hexadecimal.
        media: what the file is by its content.
        name, size: what the sender called it, cleaned; bytes.
        pages, drawn: how many it has, and how many of them have a preview.
        uploaded_by: an e-mail address, or the order's reference.
        created_at: UTC.
        removed_at: UTC, when the file's time was over; None while it is kept.
    """

    id: UUID
    payment_id: UUID
    number: int
    digest: str
    media: Media
    name: str
    size: int
    pages: int
    drawn: int
    uploaded_by: str
    created_at: datetime
    removed_at: datetime | None

    @property
    def previews(self) -> range:
        """The numbers of the pages that can be looked at."""
        return range(1, 1 if self.removed_at else self.drawn + 1)

    @property
    def kept_days(self) -> int:
        """For how many days the file was kept, where it was removed."""
        return (self.removed_at - self.created_at).days if self.removed_at else 0

    @property
    def download_name(self) -> str:
        """What the file is called where staff save it: our name for it."""
        return f"proof-{self.number}-{self.id.hex[-8:]}.{ENDING[self.media]}"


def proofs_of(payment_id: UUID) -> list[ProofView]:
    """What was handed in for a payment, in its order."""
    return [_view(row) for row in _PROOFS.filter(payment_id=payment_id).order_by("number", "id")]


def proofs_of_each(payment_ids: Collection[UUID]) -> dict[UUID, list[ProofView]]:
    """The same for many payments, in one question; a payment without any is absent."""
    found: dict[UUID, list[ProofView]] = {}
    for row in _PROOFS.filter(payment_id__in=list(payment_ids)).order_by("number", "id"):
        found.setdefault(row.payment_id, []).append(_view(row))
    return found


def proof_of_file(payment_id: UUID, digest: str) -> ProofView | None:
    """The proof that this file (SHA-256, hexadecimal) is already, if it was handed in for the payment before."""
    row = _PROOFS.filter(payment_id=payment_id, digest=digest).first()
    return None if row is None else _view(row)


def why_refused(payment_id: UUID) -> str:
    """What staff wrote when they last refused a payment's proofs; "" if they never did."""
    said = [one for one in evidence_of(payment_id) if one["kind"] == Kind.REJECTED]
    latest = max(said, key=lambda one: int(one["data"].get("number", 0)), default=None)
    return str(latest["data"].get("reason", "")) if latest else ""


def the_proof(proof_id: UUID) -> ProofView:
    """One proof. For staff only.

    Raises:
        NoSuchProof: there is none of that id.
    """
    row = _PROOFS.filter(id=proof_id).first()
    if row is None:
        raise NoSuchProof
    return _view(row)


def _view(row: Proof) -> ProofView:
    file: ProofFile | None = getattr(row, "file", None)
    removed_at = file.removed_at if file else None
    return ProofView(
        id=row.id,
        payment_id=row.payment_id,
        number=row.number,
        digest=row.digest,
        media=Media(row.media),
        name=file.name if file else row.name,
        size=row.size,
        pages=row.pages,
        drawn=row.drawn,
        uploaded_by=row.uploaded_by,
        created_at=row.created_at,
        removed_at=removed_at,
    )
