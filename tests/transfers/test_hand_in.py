from __future__ import annotations

import io
import os
import stat

import pytest
from PIL import Image

from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.queries import evidence_of, find_payment, pending_payments
from tollkeeper.payments.transfers import jobs, services, storage
from tollkeeper.payments.transfers.errors import NoSuchProof
from tollkeeper.payments.transfers.queries import proofs_of
from transfers import make


@pytest.mark.parametrize(("kind", "pages"), [("jpeg", 1), ("png", 1), ("pdf", 1)])
def test_proof_is_kept_drawn_and_waits_for_staff(transfer, kind, pages):
    data = getattr(make, kind)()

    proof = make.sent(transfer, data, "slip.any").proof

    assert (proof.pages, proof.drawn, proof.size) == (pages, pages, len(data))
    assert storage.path_of(proof.id).read_bytes() == data
    assert [one.payment_id for one in pending_payments()] == [transfer.id]
    said = [one for one in evidence_of(transfer.id) if one["kind"] == "submitted"]
    assert [one["digest"] for one in said] == [proof.digest]


def test_files_are_named_by_id_and_closed_to_others(transfer, data_dir):
    proof = make.sent(transfer, make.png(), "../../etc/passwd\0.png").proof

    modes = {stat.S_IMODE(path.stat().st_mode) for path in make.kept()}

    assert {path.name for path in make.kept()} == {str(proof.id), f"{proof.id}.preview"}
    assert modes == {0o600}
    assert stat.S_IMODE((data_dir / "proofs").stat().st_mode) == 0o700
    assert proof.name == "passwd.png"


def test_long_pdf_shows_five_pages(transfer):
    proof = make.sent(transfer, make.pdf(pages=7)).proof

    pictures = [services.preview(proof.id, page, by="staff@example.com") for page in proof.previews]

    assert (proof.pages, len(pictures)) == (7, 5)
    assert all(max(Image.open(io.BytesIO(picture)).size) <= 1600 for picture in pictures)
    for page in (0, 6, 7, -1):
        with pytest.raises(NoSuchProof):
            services.preview(proof.id, page, by="staff@example.com")


def test_same_file_again_is_one(transfer):
    data = make.jpeg()
    first = make.sent(transfer, data)

    second = make.sent(transfer, data, "another-name.jpg")

    assert (first.fresh, second.fresh) == (True, False)
    assert [one.id for one in proofs_of(transfer.id)] == [first.proof.id]
    assert len(make.kept()) == 2


def test_eleventh_proof_is_refused_and_leaves_nothing(transfer, monkeypatch):
    monkeypatch.setattr(services, "MOST_PROOFS", 2)
    for _ in range(2):
        make.sent(transfer, make.png())
    before = make.kept()

    with pytest.raises(Refusal, match="as many as we take"):
        make.sent(transfer, make.png())

    assert make.kept() == before
    assert len(proofs_of(transfer.id)) == 2


def test_tries_are_counted(transfer):
    for _ in range(services.PROOFS_PER_PAYMENT.most):
        with pytest.raises(Refusal, match="empty"):
            make.sent(transfer, b"")

    with pytest.raises(Refusal, match="too many tries"):
        make.sent(transfer, make.png())


def test_proof_of_what_is_open_is_refused(transfer):
    make.sent(transfer, make.png())
    services.approve(transfer.id, seen=1, by="staff@example.com", reason="It is in the account.")
    before = make.kept()

    with pytest.raises(Refusal, match="paid already"):
        make.sent(transfer, make.png())

    assert find_payment(str(transfer.id)).access == "open"
    assert make.kept() == before


def test_proof_for_a_card_payment_is_refused(buyer, course):
    from storefront.make import order
    from tollkeeper.payments.ledger.state import Kind

    card = order(buyer, course, Kind.OPENED)

    with pytest.raises(Refusal, match="bank transfer"):
        make.sent(card, make.png())

    assert make.kept() == []


def test_what_a_crash_left_is_removed_after_a_day(transfer, data_dir):
    proof = make.sent(transfer, make.png()).proof
    stray, young = data_dir / "proofs" / "coming" / str(transfer.id), data_dir / "proofs" / "coming" / "young"
    for path in (stray, young):
        path.write_bytes(b"half")
    for path in (stray, *make.kept()):
        if path != young:
            os.utime(path, (0, 0))

    assert jobs.remove_strays() == 1

    assert {path.name for path in make.kept()} == {str(proof.id), f"{proof.id}.preview", "young"}


def test_looking_is_written_down(transfer, owner):
    proof = make.sent(transfer, make.png()).proof

    services.preview(proof.id, 1, by="staff@example.com")
    with services.original(proof.id, by="staff@example.com")[1] as file:
        file.read()

    lines = owner.execute("SELECT act, thing, by FROM core_audit ORDER BY id").fetchall()
    assert lines == [(act, str(proof.id), "staff@example.com") for act in ("proof.view", "proof.download")]
