"""Proofs' files: what a crash left goes after a day, what was decided goes after its time, what waits stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tollkeeper.core import clock
from tollkeeper.payments.ledger.queries import evidence_of, find_payment
from tollkeeper.payments.transfers import jobs, services
from tollkeeper.payments.transfers.errors import ProofRemoved
from tollkeeper.payments.transfers.jobs import remove_old_proofs, remove_strays
from tollkeeper.payments.transfers.models import ProofFile
from tollkeeper.payments.transfers.queries import proofs_of
from transfers import make

STAFF = "staff@example.com"
BEGIN = """
import sys, datetime, django
django.setup()
import time_machine
from django.db import transaction
from tollkeeper.payments.transfers.jobs import remove_old_proofs
from tollkeeper.payments.transfers.services import Upload, hand_in
with transaction.atomic():
    {act}
    print("done", flush=True)
    sys.stdin.readline()
"""
UPLOAD = "hand_in({id!r}, Upload([{data!r}], 'slip.png'), by='a@b.c')"
REMOVE = """time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=91)).start()
    remove_old_proofs()"""


def killed_before_its_commit(act):
    """Another process does it, and is killed with its transaction open."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from uuid import UUID\n" + BEGIN.format(act=act)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout.readline() == "done\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()


@contextmanager
def later(**by):
    with time_machine.travel(datetime.now(UTC) + timedelta(**by), tick=True):
        yield


@pytest.fixture
def decided(transfer):
    """A transfer whose only proof was approved; the proof."""
    proof = make.sent(transfer, make.png(), "A. Customer, account 0000.png").proof
    services.approve(transfer.id, seen=1, by=STAFF, reason="It is in the account.")
    return proof


def acts(owner):
    return owner.execute("SELECT act, thing, by FROM core_audit WHERE by = 'worker'").fetchall()


def test_file_of_a_killed_upload_is_removed_after_a_day(transfer, owner):
    kept = make.sent(transfer, make.png()).proof
    killed_before_its_commit(UPLOAD.format(id=transfer.id, data=make.png()))
    assert (len(make.kept()), len(proofs_of(transfer.id))) == (4, 1)

    with later(hours=23):
        early = remove_strays()
    with later(hours=25):
        late = remove_strays()

    assert (early, late) == (0, 2)
    assert {path.name for path in make.kept()} == {str(kept.id), f"{kept.id}.preview"}
    assert acts(owner) == [("proof.sweep", "proofs", "worker")]


def test_decided_proof_goes_after_its_time_and_what_was_decided_stays(decided, transfer, owner):
    with later(days=89):
        early = remove_old_proofs()
    with later(days=91):
        late = remove_old_proofs()

    assert (early, late) == (0, 1)
    assert make.kept() == []
    (shown,) = proofs_of(transfer.id)
    assert (shown.digest, shown.size, shown.media, shown.number) == (
        decided.digest, decided.size, decided.media, decided.number,
    )  # fmt: skip
    assert "approved" in [one["kind"] for one in evidence_of(transfer.id)]
    assert acts(owner) == [("proof.remove", str(decided.id), "worker")]


def test_what_the_sender_called_it_goes_with_it(decided, transfer):
    with later(days=91):
        remove_old_proofs()

    assert [one.name for one in proofs_of(transfer.id)] == [""]
    assert list(proofs_of(transfer.id)[0].previews) == []


def test_removed_proof_says_so_to_who_still_has_its_address(decided):
    with later(days=91):
        remove_old_proofs()

    for ask in (lambda: services.preview(decided.id, 1, by=STAFF), lambda: services.original(decided.id, by=STAFF)):
        with pytest.raises(ProofRemoved):
            ask()


def test_second_run_finds_nothing(decided, owner):
    with later(days=91):
        assert [remove_old_proofs(), remove_old_proofs()] == [1, 0]

    assert len(acts(owner)) == 1


def test_setting_says_how_long(decided, monkeypatch):
    from tollkeeper.core.settings import settings

    monkeypatch.setenv("TOLLKEEPER_PROOF_KEEP_DAYS", "1826")
    settings.cache_clear()
    with later(days=1825):
        assert remove_old_proofs() == 0
    with later(days=1827):
        assert remove_old_proofs() == 1


def test_proof_that_waits_is_never_removed(transfer):
    make.sent(transfer, make.png())

    with later(days=4000):
        assert remove_old_proofs() == 0

    assert len(make.kept()) == 2


def test_payment_that_waits_again_keeps_its_refused_proofs_too(transfer):
    make.sent(transfer, make.png())
    services.reject(transfer.id, seen=1, by=STAFF, reason="A cat.")
    make.sent(transfer, make.png())

    with later(days=91):
        assert remove_old_proofs() == 0

    assert len(make.kept()) == 4


def test_last_decision_begins_the_time_of_all_of_them(transfer, owner):
    make.sent(transfer, make.png())
    services.reject(transfer.id, seen=1, by=STAFF, reason="Not there.")
    let_pass(owner, "transfers_proof", "created_at", days=60)
    let_pass(owner, "ledger_evidence", "recorded_at", days=60)
    second = make.sent(transfer, make.png()).proof
    services.approve(transfer.id, seen=second.number, by=STAFF, reason="There after all.")

    with later(days=60):
        early = remove_old_proofs()
    with later(days=91):
        late = remove_old_proofs()

    assert (early, late) == (0, 2)


def let_pass(owner, table, column, *, days):
    """Let time have passed for what nobody may change."""
    owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute(f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)", (days,))
    owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_proof_that_arrives_at_the_last_moment_keeps_the_old_one(transfer):
    make.sent(transfer, make.png())
    services.reject(transfer.id, seen=1, by=STAFF, reason="A cat.")
    with later(days=91):
        before = clock.now() - timedelta(days=90)
        (due,) = jobs._due(before)

    make.sent(transfer, make.png())

    assert not jobs._removed(due, before)
    assert find_payment(str(transfer.id)).access == "pending"
    assert len(make.kept()) == 4


def test_control_without_the_second_look_the_file_goes(transfer, monkeypatch):
    make.sent(transfer, make.png())
    services.reject(transfer.id, seen=1, by=STAFF, reason="A cat.")
    with later(days=91):
        before = clock.now() - timedelta(days=90)
        (due,) = jobs._due(before)
    monkeypatch.setattr(jobs, "_read_due", lambda *_, **__: [due])

    make.sent(transfer, make.png())

    assert jobs._removed(due, before)
    assert len(make.kept()) == 2


def test_removal_that_is_killed_is_finished_by_the_next(decided, transfer):
    killed_before_its_commit(REMOVE)
    assert (make.kept(), ProofFile.objects.get().removed_at) == ([], None)

    with later(days=91):
        assert remove_old_proofs() == 1

    assert proofs_of(transfer.id)[0].removed_at is not None


def test_disk_that_does_not_let_go_stops_no_other_proof(buyer, course, decided, transfer, data_dir):
    other = make.transfer(buyer, course)
    make.sent(other, make.png())
    services.approve(other.id, seen=1, by=STAFF, reason="It is there.")
    stuck = services.storage.path_of(decided.id)
    stuck.unlink()
    stuck.mkdir()

    with later(days=91):
        assert remove_old_proofs() == 1

    assert [proofs_of(one.id)[0].removed_at is None for one in (transfer, other)] == [True, False]


def test_console_says_after_how_many_days_it_went(decided, transfer, staff, browser):
    page = f"/console/payments/{transfer.id}/"
    before = browser(staff).get(page).text
    with later(days=91):
        remove_old_proofs()
    ProofFile.objects.update(removed_at=decided.created_at + timedelta(days=91, hours=2))

    after = browser(staff).get(page).text

    assert "Look at the proof" in before
    assert "removed 90 days after the decision" in before
    assert "The file was removed after 91 days." in after
    assert decided.digest in after
    assert f"/proofs/{decided.id}/" not in after


def test_buyers_page_tells_of_a_removed_proof_without_a_name(decided, transfer, buyer, browser):
    with later(days=91):
        remove_old_proofs()

    assert "A. Customer" not in browser(buyer).get(f"/orders/{transfer.reference}/").text
