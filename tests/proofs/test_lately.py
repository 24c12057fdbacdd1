"""The demo's past is made up, and its books are as true as lived ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.make import eventually
from tollkeeper.accounts.models import Person
from tollkeeper.catalog.models import LessonFile
from tollkeeper.core.clock import now
from tollkeeper.core.journal import consume, enrol_consumer
from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.journal import record_fast_tracks, tell_customers
from tollkeeper.fulfilment.enrolments.models import Progress
from tollkeeper.fulfilment.enrolments.services import notice_paid_twice, prove
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.payments.ledger.journal import tell_staff
from tollkeeper.payments.ledger.models import Intervention, Payment
from tollkeeper.payments.ledger.queries import open_interventions, pending_payments
from tollkeeper.payments.transfers.models import Proof
from tollkeeper.proofs.lately.lives import PLANTS, lives
from tollkeeper.proofs.lately.plots import PLOTS
from tollkeeper.reporting.story import story_of

ZONE = ZoneInfo("Africa/Johannesburg")
MOMENTS = [datetime(2026, 11, 21, hour, minute, tzinfo=UTC) for hour, minute in ((21, 59), (22, 1), (7, 0), (15, 30))]


@pytest.fixture
def prepare(db, tmp_path):
    """Prepares an instance as `tollkeeper serve` does, as the owner of the tables, in a process of its own."""
    folder = tmp_path / "data"
    env = os.environ | {
        "TOLLKEEPER_OWNER_DATABASE_URL": os.environ["TOLLKEEPER_TEST_OWNER_URL"],
        "TOLLKEEPER_DATA_DIR": str(folder),
    }

    def _prepare(*words):
        subprocess.run([sys.executable, "-m", "tollkeeper.cli.prepare", *words], env=env, check=True)
        return folder

    return _prepare


def counts(owner):
    tables = ("ledger_order", "ledger_evidence", "core_journal", "core_audit", "messaging_outbox", "accounts_person")
    return {table: owner.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def test_made_books_are_true(prepare, owner):
    prepare("--demo", "--past")

    payments = list(Payment.objects.select_related("order").prefetch_related("order__lines"))
    with raw_cursor() as cursor:
        proven = prove(cursor)
        notice_paid_twice(cursor, [payment.id for payment in payments])

    assert len(payments) > 80
    assert proven.holds
    assert [payment.reference for payment in payments if not story_of(payment).true_to_books] == []
    assert Counter(one.trouble for one in open_interventions()) == {"refund_owed": 1, "wrong_amount": 1}
    assert all(payment.created_at <= payment.changed_at <= now() for payment in payments)


def test_school_has_something_of_everything(prepare, owner):
    folder = prepare("--demo", "--past")

    waits = Counter(view.method for view in pending_payments())
    slips = [folder / "proofs" / proof.id.hex[-2:] / str(proof.id) for proof in Proof.objects.all()]

    assert waits == {"transfer": 3, "ikhokha": 1}
    assert slips
    assert all(path.stat().st_size and path.with_name(f"{path.name}.preview").stat().st_size for path in slips)
    assert Intervention.objects.exclude(closed_at=None).count() > 3
    assert Counter(OutboxMessage.objects.values_list("state", flat=True)).keys() == {"sent", "failed"}
    assert Progress.objects.filter(done_at__lt=now()).count() > 40
    assert owner.execute("SELECT count(*) FROM ledger_rejection WHERE reason = 'forged'").fetchone()[0] == 3
    assert {file.medium.shown_as for file in LessonFile.objects.all()} == {"page", "download"}
    assert all(p.email.endswith(("@example.org", "@example.com")) for p in Person.objects.all())


def test_second_start_adds_nothing(prepare, owner, connect):
    prepare("--demo", "--past")
    first, connection = counts(owner), connect()
    for reader in (tell_customers, tell_staff, record_fast_tracks):
        enrol_consumer(connection, reader.__name__)
        eventually(lambda reader=reader: consume(connection, reader.__name__, reader), is_right=bool)

    prepare("--demo", "--past")

    assert counts(owner) == first
    assert not OutboxMessage.objects.filter(state="waiting").exists()


def test_demo_without_a_past_has_empty_books(prepare, owner):
    prepare("--demo")

    assert not Payment.objects.exists()
    assert LessonFile.objects.count() == 3


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_nothing_lies_in_the_future_and_nobody_buys_twice(moment):
    made = lives(moment, zone=ZONE, courses=6)

    bought = Counter((life.buyer, life.course) for life in made)
    last = max(life.at + timedelta(seconds=life.plot.lasts * life.pace) for life in made)

    assert last < moment
    assert max(bought.values()) == 1
    assert {id(life.plot) for life in made} == {id(plot) for plot in PLOTS.values()}
    assert len(PLANTS) == len(set(PLANTS))
