"""No room, a slow machine, a broken process: a clear sentence, and nothing half done."""

from __future__ import annotations

import errno
import os
import resource
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tollkeeper.payments.ledger.queries import find_payment
from tollkeeper.payments.transfers import services, storage
from tollkeeper.payments.transfers.errors import NoRoomForProof, ProofDeskBusy, UnreadableProof
from tollkeeper.payments.transfers.queries import proofs_of
from transfers import make


@contextmanager
def largest_file(size: int):
    """The kernel lets this process, and those it starts, write no file beyond that size."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def untouched(payment) -> bool:
    found = find_payment(str(payment.id))
    return (make.kept(), proofs_of(payment.id), found.state, found.access) == ([], [], "open", "none")


def test_file_that_does_not_fit_is_refused(transfer):
    data = make.jpeg(quality=100)

    with largest_file(len(data) // 2), pytest.raises(NoRoomForProof, match="no room"):
        make.sent(transfer, data)

    assert untouched(transfer)


def test_preview_that_does_not_fit_is_refused(transfer):
    data = make.encoded(Image.frombytes("1", (800, 800), b"\xa3" * 80_000), "PNG")

    with largest_file(len(data) + 100), pytest.raises(NoRoomForProof, match="no room"):
        make.sent(transfer, data)

    assert untouched(transfer)


@pytest.mark.parametrize("where", ["replace", "mkdir"])
def test_disk_that_fills_up_at_any_step_leaves_nothing(transfer, monkeypatch, where):
    def full(*_args, **_keywords):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, where, full)
    with pytest.raises(NoRoomForProof):
        make.sent(transfer, make.png())
    monkeypatch.undo()

    assert [path for path in (storage.settings().data_dir / "proofs").rglob("*") if path.is_file()] == []
    assert proofs_of(transfer.id) == []


def test_really_full_disk_is_refused(transfer, monkeypatch):
    """/dev/full answers every write as a full disk does."""
    monkeypatch.setattr(storage, "_created", full_device)

    with pytest.raises(NoRoomForProof):
        make.sent(transfer, make.png())

    assert untouched(transfer)


@contextmanager
def full_device(_path):
    descriptor = os.open("/dev/full", os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_drawing_that_takes_too_long_is_ended(transfer, monkeypatch):
    monkeypatch.setattr(storage, "DRAWING_SECONDS", 0.01)

    with pytest.raises(UnreadableProof):
        make.sent(transfer, make.png())

    assert untouched(transfer)


def test_drawing_waits_for_its_turn_and_no_longer(transfer, monkeypatch):
    monkeypatch.setattr(storage, "QUEUE_SECONDS", 0.01)
    for _ in range(storage.AT_ONCE):
        storage._desk.acquire()
    try:
        with pytest.raises(ProofDeskBusy):
            make.sent(transfer, make.png())
    finally:
        for _ in range(storage.AT_ONCE):
            storage._desk.release()

    assert untouched(transfer)


def test_upload_that_breaks_off_leaves_nothing(transfer):
    def broken():
        yield make.png()[:100]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.hand_in(transfer.id, services.Upload(broken(), "a.png"), by="a@b.c")

    assert untouched(transfer)


def test_row_that_cannot_be_stored_takes_the_file_along(transfer, monkeypatch):
    def fails(*_args, **_keywords):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(services.ledger, "submit_proof", fails)
    with pytest.raises(RuntimeError):
        make.sent(transfer, make.png())

    assert untouched(transfer)


def test_preview_that_was_tampered_with_is_none(transfer):
    proof = make.sent(transfer, make.png()).proof
    place = storage.path_of(proof.id)
    preview = place.with_name(f"{place.name}.preview")
    preview.write_bytes(b'{"pages": 1, "sizes": [99999999], "refusal": ""}\n' + b"x")

    with pytest.raises(storage.NoSuchProof):
        services.preview(proof.id, 1, by="staff@example.com")
