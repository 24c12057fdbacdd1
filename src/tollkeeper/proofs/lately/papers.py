"""Slips of a bank that is none, as customers hand them in: drawn here, and plainly no real ones."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont

from tollkeeper.core import clock
from tollkeeper.core.ids import new_id
from tollkeeper.payments.ledger.services import submit_proof
from tollkeeper.payments.ledger.state import Payment
from tollkeeper.payments.transfers import storage
from tollkeeper.payments.transfers.models import Proof, ProofFile
from tollkeeper.payments.transfers.services import Upload, hand_in

SIZE = (620, 760)
NAME = "payment-notification.png"
INK, PALE, PAPER = "#1d2b36", "#c9d3da", "#ffffff"


def slip(*, reference: str, amount: str, kind: str) -> bytes:
    """A slip.

    Args:
        reference: of the order, or what is written instead.
        amount: as it is printed.
        kind: `PNG` or `PDF`.
    """
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, SIZE[0], 96), fill=INK)
    _write(draw, (36, 30), "Sample Bank", 34, PAPER)
    _write(draw, (36, 136), "Payment notification", 28)
    lines = (("To", "Sample School (practice only)"), ("Reference", reference), ("Amount", amount))
    for row, (name, value) in enumerate(lines):
        top = 208 + row * 84
        _write(draw, (36, top), name, 18)
        _write(draw, (36, top + 26), value, 26)
        draw.line((36, top + 68, SIZE[0] - 36, top + 68), fill=PALE, width=2)
    _write(draw, (36, SIZE[1] - 150), "SPECIMEN", 64, PALE)
    _write(draw, (36, SIZE[1] - 56), "Made for a demo. No bank sent this, and no money moved.", 18)
    file = BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, ink: str = INK) -> None:
    draw.text(at, text, fill=ink, font=ImageFont.load_default(size))


@dataclass(slots=True)
class Desk:
    """Where the demo's customers hand in their slips.

    Each drawing is a process of its own and costs a third of a second, so the slip that names no order is checked and
    drawn once, and lies here as often as it was handed in.
    """

    plain: UUID | None = None

    def hand_in(self, payment: Payment, *, own: bool, by: str) -> None:
        """Hand in a slip.

        Args:
            own: whether it names the order and its amount; it is then a PDF, otherwise a picture.
            by: who hands it in.
        """
        if own:
            amount = f"R {payment.amount_minor / 100:.2f}"
            file = slip(reference=payment.reference, amount=amount, kind="PDF")
            hand_in(payment.id, Upload([file], "payment-notification.pdf"), by=by)
        elif self.plain is None:
            file = slip(reference="as on the order", amount="as on the order", kind="PNG")
            self.plain = hand_in(payment.id, Upload([file], NAME), by=by).proof.id
        else:
            _again(Proof.objects.get(pk=self.plain), payment.id, by=by)


def _again(row: Proof, payment_id: UUID, *, by: str) -> None:
    """The same file for another payment: what checking and drawing it anew would end in."""
    before, row.pk = storage.path_of(row.pk), new_id()
    place = storage.path_of(row.pk)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    for ending in ("", storage.PREVIEW):
        shutil.copy2(before.with_name(before.name + ending), place.with_name(place.name + ending))
    row.payment_id, row.uploaded_by, row.created_at = payment_id, by, clock.now()
    row.number = submit_proof(payment_id, digest=row.digest, by=by)
    row.save(force_insert=True)
    ProofFile(proof=row, name=NAME).save(force_insert=True)
