"""Files that mean harm: a clear refusal or a clean picture; nothing runs, nothing is left, no process grows."""

from __future__ import annotations

import os
import random
import resource
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tollkeeper.core.errors import Refusal
from tollkeeper.payments.transfers import services
from tollkeeper.payments.transfers.queries import proofs_of
from transfers import make

REFUSED = {
    "nothing": (lambda: b"", "empty"),
    "html": (lambda: b"<!doctype html>" + make.SCRIPT, "HTML"),
    "svg": (lambda: b"<svg onload='alert(1)'/>", "SVG"),
    "text": (lambda: "Opłaciłem wczoraj.".encode() * 80, "TXT"),
    "gif": (lambda: make.encoded(make.slip(), "GIF"), "GIF"),
    "webp": (lambda: make.encoded(make.slip(), "WEBP"), "WEBP"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + os.urandom(5000), "HEIC"),
    "word": (lambda: b"PK\x03\x04" + os.urandom(5000), "DOCX"),
    "program": (lambda: b"\x7fELF" + os.urandom(5000), "ELF"),
    "noise": (lambda: b"\0" + os.urandom(5000), "do not know"),
    "cut picture": (lambda: make.jpeg()[:3000], "damaged"),
    "cut pdf": (lambda: make.pdf()[:3000], "damaged"),
    "bare magic of a PDF": (lambda: b"%PDF-1.7\n", "damaged"),
    "bare magic of a PNG": (lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "page before a PDF": (lambda: b"<html>" + make.SCRIPT + make.pdf(), "HTML"),
    "bomb of pixels": (make.bomb, "too big to open"),
    "bomb of text": (make.text_bomb, "damaged"),
    "pdf without end": (lambda: make.pdf_of(b"x", pages=0), "damaged"),
    "locked pdf": (make.locked_pdf, "password"),
    "too large": (lambda: make.jpeg() + b"\0" * 6_000_000, "too large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_file_is_refused_with_a_sentence_and_leaves_nothing(transfer, name):
    made, says = REFUSED[name]

    with pytest.raises(Refusal, match=says):
        make.sent(transfer, made(), "slip.pdf")

    assert make.kept() == []
    assert proofs_of(transfer.id) == []


@pytest.mark.parametrize(
    "made", [make.png_with_page_behind, make.pdf_that_is_a_zip, make.jpeg_with_script, make.pdf_with_script]
)
def test_nothing_of_a_polyglot_but_its_looks_reaches_staff(transfer, made):
    proof = make.sent(transfer, made(), "slip.html").proof

    picture = services.preview(proof.id, 1, by="staff@example.com")

    assert picture.startswith(b"\xff\xd8\xff")
    assert picture.endswith(b"\xff\xd9")
    assert not any(word in picture for word in (b"script", b"Exif", b"PK\x03\x04", b"JavaScript"))


def test_place_where_the_photograph_was_taken_does_not_reach_staff(transfer):
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (33.0, 55.0, 0.0)}
    exif[0x0112] = 6
    proof = make.sent(transfer, make.jpeg(exif=exif)).proof

    picture = services.preview(proof.id, 1, by="staff@example.com")

    shown = Image.open(BytesIO(picture))
    assert dict(shown.getexif()) == {}
    assert shown.width > shown.height


@pytest.mark.proof
def test_bomb_of_drawing_is_cut_off(transfer):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    with pytest.raises(Refusal, match=r"damaged|too big"):
        make.sent(transfer, make.pdf_bomb())

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 15
    assert make.kept() == []


@pytest.mark.proof
def test_web_process_does_not_grow(transfer, monkeypatch):
    monkeypatch.setattr(services, "PROOFS_PER_PAYMENT", services.Limit("proof.payment", 1000, 3600))
    files = [make.bomb(), make.text_bomb(), make.jpeg() + b"\0" * 6_000_000, make.pdf()[:-40]]
    send_all(transfer, files)
    before = resident()

    for _ in range(5):
        send_all(transfer, files)

    assert resident() - before < 8 * 1024 * 1024


@pytest.mark.proof
def test_broken_bytes_never_harm(transfer, monkeypatch):
    monkeypatch.setattr(services, "PROOFS_PER_PAYMENT", services.Limit("proof.payment", 1000, 3600))
    monkeypatch.setattr(services, "MOST_PROOFS", 1000)
    dice, whole = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID", "1")), [make.jpeg(), make.png(), make.pdf()]

    outcomes = [tried(transfer, spoiled(dice, dice.choice(whole))) for _ in range(30)]

    assert set(outcomes) <= {"kept", "refused"}
    assert len(make.kept()) == 2 * outcomes.count("kept") == 2 * len(proofs_of(transfer.id))


def spoiled(dice: random.Random, data: bytes) -> bytes:
    bad = bytearray(data)
    for _ in range(dice.randint(1, 30)):
        bad[dice.randrange(8, len(bad))] = dice.randrange(256)
    return bytes(bad[: dice.randint(len(bad) // 2, len(bad))] if dice.random() < 0.3 else bad)


def tried(payment, data: bytes) -> str:
    try:
        make.sent(payment, data)
    except Refusal:
        return "refused"
    return "kept"


def send_all(payment, files) -> None:
    for data in files:
        assert tried(payment, data) == "refused"


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
