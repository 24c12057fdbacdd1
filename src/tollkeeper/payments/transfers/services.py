"""Acts on proofs of payment. A proof is a file, a row and a piece of evidence, or none of the three."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from tollkeeper.accounts.limits import Count, Limit, take_try
from tollkeeper.core import audit
from tollkeeper.core.database import statements
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.payments.ledger import services as ledger
from tollkeeper.payments.transfers import storage
from tollkeeper.payments.transfers.errors import (
    EmptyProof,
    NewProofArrived,
    NoSuchProof,
    ProofRemoved,
    ProofTooLarge,
    TooManyPixels,
    TooManyProofs,
    UnreadableProof,
    WrongKind,
)
from tollkeeper.payments.transfers.kinds import Media, found_instead, media_of
from tollkeeper.payments.transfers.models import Proof, ProofFile
from tollkeeper.payments.transfers.naming import readable_name
from tollkeeper.payments.transfers.queries import ProofView, proof_of_file, proofs_of, the_proof
from tollkeeper.payments.transfers.storage import Draft, Drawn, Received

SQL = statements("tollkeeper.payments.transfers")

MOST_PROOFS = 10
"""For one payment."""
PROOFS_PER_PAYMENT = Limit("proof.payment", 20, 60 * 60)
PROOFS_PER_NETWORK = Limit("proof.network", 120, 60 * 60)
"""Each try counts, since each costs a process; a class that pays from one school's network must fit."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes.

    Args:
        chunks: its bytes, in pieces; read once, and no further than the limit.
        name: what the sender calls it.
        network: whence it comes (`accounts.limits.network_of_guest`); "" when unknown.
    """

    chunks: Iterable[bytes]
    name: str
    network: str = ""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A proof that is kept. `fresh` is False where the same file had been handed in before."""

    proof: ProofView
    fresh: bool


def hand_in(payment_id: UUID, upload: Upload, *, by: str) -> HandedIn:
    """Take a proof of a bank transfer; the payment then waits for staff.

    The file is written, checked in a process of its own and brought to its place on the disk; then its row and the
    evidence are stored in one transaction. Whatever is refused leaves nothing behind.

    Args:
        payment_id: a transfer's; that it is the sender's was asked before.
        by: the person's e-mail address, or the order's reference for a guest.

    Raises:
        EmptyProof, ProofTooLarge, WrongKind, UnreadableProof, TooManyPixels, TooManyProofs: with a translated sentence.
        NoRoomForProof, ProofDeskBusy: likewise; ours to mend.
        TooManyTries: for this payment, or from this network.
        AlreadyPaid, NotATransfer, NoSuchOrder, InUse, NotNow: as `payments.ledger.services.submit_proof`.
    """
    take_try([Count(PROOFS_PER_PAYMENT, str(payment_id)), Count(PROOFS_PER_NETWORK, upload.network)])
    with _nothing_left_of(Draft(new_id())) as draft:
        received, media = _received(draft, upload)
        known = proof_of_file(payment_id, received.digest)
        if known is not None:
            draft.discard()
            return HandedIn(known, fresh=False)
        _demand_few(payment_id)
        drawn = _drawn(draft, media)
        draft.keep()
        return _stored(
            draft,
            Proof(
                id=draft.id,
                payment_id=payment_id,
                digest=received.digest,
                media=media.value,
                size=received.size,
                pages=drawn.pages,
                drawn=len(drawn.sizes),
                uploaded_by=by,
            ),
            name=readable_name(upload.name),
        )


def preview(proof_id: UUID, page: int, *, by: str) -> bytes:
    """A page of a proof, drawn anew as JPEG. For staff only; looking is written down.

    Args:
        page: from 1, within `ProofView.previews`.
        by: the member of staff's e-mail address.

    Raises:
        NoSuchProof: there is no such proof or page.
        ProofRemoved: its time was over.
    """
    shown = _with_file(proof_id)
    picture = storage.page_of(proof_id, page)
    _written_down("proof.view", shown, by=by, page=page)
    return picture


def original(proof_id: UUID, *, by: str) -> tuple[ProofView, BinaryIO]:
    """The file itself, as it was sent: a stranger's bytes. For staff only; taking it is written down.

    Raises:
        NoSuchProof: there is no such proof, or its file is gone.
        ProofRemoved: its time was over.
    """
    shown = _with_file(proof_id)
    try:
        file = storage.path_of(proof_id).open("rb")
    except OSError as error:
        raise NoSuchProof from error
    _written_down("proof.download", shown, by=by)
    return shown, file


def _with_file(proof_id: UUID) -> ProofView:
    shown = the_proof(proof_id)
    if shown.removed_at is not None:
        raise ProofRemoved
    return shown


def approve(payment_id: UUID, *, seen: int, by: str, reason: str) -> None:
    """Approve a transfer, as a person who looked at its proofs.

    Args:
        seen: the greatest number of a proof on the page that they looked at; 0 for none.
        by, reason: as `payments.ledger.services.approve`.

    Raises:
        NewProofArrived: the customer has handed in one that they have not seen.
        AlreadyDecided, NothingToDecide, ReasonNeeded, InUse, NotNow: as the ledger's.
    """
    with _all_seen(payment_id, seen):
        ledger.approve(payment_id, by=by, reason=reason)


def reject(payment_id: UUID, *, seen: int, by: str, reason: str) -> None:
    """Say that the proofs were not accepted. Arguments and errors as `approve`."""
    with _all_seen(payment_id, seen):
        ledger.reject(payment_id, by=by, reason=reason)


@contextmanager
def _nothing_left_of(draft: Draft) -> Iterator[Draft]:
    try:
        yield draft
    except BaseException:
        # A commit whose answer was lost may have stored the row: then the file stays, and `jobs.remove_strays` decides.
        if not draft.promised:
            draft.discard()
        raise


def _received(draft: Draft, upload: Upload) -> tuple[Received, Media]:
    most = settings().proof_max_bytes
    received = draft.receive(upload.chunks, most=most)
    if received.size == 0:
        raise EmptyProof(_("This file is empty. Save it again, or take a photograph, and choose that file."))
    if received.size > most:
        raise too_large()
    media = media_of(received.head)
    if media is None:
        raise WrongKind(_wrong_kind(found_instead(received.head)))
    return received, media


def too_large() -> ProofTooLarge:
    """The refusal of a file above the limit, for whoever sees that first."""
    said = _("This file is too large: at most %(most)s fit. Send a smaller photograph, or only the page that matters.")
    return ProofTooLarge(said % {"most": filesizeformat(settings().proof_max_bytes)})


def _wrong_kind(found: str) -> str:
    if not found:
        return _("We do not know this kind of file. Please send a PDF, or a picture as JPEG or PNG.")
    return _("This is a file of the kind %(kind)s. Please send a PDF, or a picture as JPEG or PNG.") % {"kind": found}


def _drawn(draft: Draft, media: Media) -> Drawn:
    if not connection.in_atomic_block:
        connection.close()  # drawing takes seconds, and the pool's connections are few
    drawn = draft.draw(media)
    if not drawn.refusal:
        return drawn
    if drawn.refusal in {"pixels", "memory"}:
        raise TooManyPixels(_("This picture is too big to open. Save it smaller, or take a screenshot of it."))
    if drawn.refusal == "encrypted":
        raise UnreadableProof(_("This PDF asks for a password. Save it without one, or take a photograph of it."))
    raise UnreadableProof(
        _("This file cannot be opened; it may be damaged. Save it again, or take a photograph of it.")
    )


def _stored(draft: Draft, row: Proof, *, name: str) -> HandedIn:
    """The rows and the evidence, together. The number is given under the payment's lock."""
    with raw_cursor() as cursor:
        cursor.execute(SQL["lock_proofs"], {"payment_id": row.payment_id})
        known = proof_of_file(row.payment_id, row.digest)
        if known is not None:
            draft.discard()
            return HandedIn(known, fresh=False)
        _demand_few(row.payment_id)
        row.number = ledger.submit_proof(row.payment_id, digest=row.digest, by=row.uploaded_by)
        row.save(force_insert=True)
        ProofFile.objects.create(proof=row, name=name)
        draft.promised = True
    return HandedIn(the_proof(row.id), fresh=True)


def _demand_few(payment_id: UUID) -> None:
    if Proof.objects.filter(payment_id=payment_id).count() >= MOST_PROOFS:
        said = _("You have handed in %(most)d files for this order, which is as many as we take. Please write to us.")
        raise TooManyProofs(said % {"most": MOST_PROOFS})


@contextmanager
def _all_seen(payment_id: UUID, seen: int) -> Iterator[None]:
    """Within, no proof arrives; and none has arrived that the person who decides has not seen."""
    with raw_cursor() as cursor:
        cursor.execute(SQL["lock_proofs"], {"payment_id": payment_id})
        if any(one.number > seen for one in proofs_of(payment_id)):
            raise NewProofArrived
        yield


def _written_down(act: str, shown: ProofView, *, by: str, **more: int) -> None:
    with raw_cursor() as cursor:
        told = {"payment_id": str(shown.payment_id), "digest": shown.digest, **more}
        audit.record(cursor, act=act, thing=str(shown.id), by=by, data=told)
