"""kill -9 in the middle, again and again: nothing twice, nothing missing, and the report as if nothing had been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operations.make import checksums, school
from tollkeeper.core.models import Run
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.runs import perform_next
from tollkeeper.fulfilment.enrolments.models import Grant
from tollkeeper.fulfilment.enrolments.services import prove
from tollkeeper.operations.moving_in.models import Arrival
from tollkeeper.payments.ledger.models import Payment

pytestmark = pytest.mark.usefixtures("db")
PEOPLE = 1500


def command(folder: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tollkeeper.cli.main", "import", "csv", str(folder), "--apply", "--json"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, env=os.environ | {"PYTHONWARNINGS": "ignore"})


def killed_after(folder: Path, arrivals: int) -> None:
    process = command(folder)
    deadline = time.monotonic() + 60
    while Arrival.objects.count() < arrivals:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def finished(folder: Path) -> dict:
    process = command(folder)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out)


@pytest.mark.proof
def test_killed_import_goes_on_and_reports_all_of_it(tmp_path, owner):
    school(tmp_path, people=PEOPLE)
    for arrivals in (400, PEOPLE + 100, PEOPLE + 700):
        killed_after(tmp_path, arrivals)

    report = finished(tmp_path)

    assert report["counts"]["people"] == {"new": PEOPLE}
    assert report["counts"]["payments"] == {"new": PEOPLE + 1}
    assert (Run.objects.count(), Run.objects.get().state) == (1, "done")
    assert (Payment.objects.count(), Grant.objects.count()) == (PEOPLE + 2, PEOPLE + 1)
    with raw_cursor() as cursor:
        assert prove(cursor).holds


@pytest.mark.proof
def test_without_going_on_the_count_differs(tmp_path):
    school(tmp_path, people=PEOPLE)
    killed_after(tmp_path, PEOPLE + 100)
    Run.objects.update(state="failed")

    report = finished(tmp_path)

    assert report["counts"]["people"] == {"same": PEOPLE}
    assert 0 < report["counts"]["payments"]["same"] < PEOPLE
    assert Payment.objects.count() == PEOPLE + 2


@pytest.mark.proof
def test_worker_takes_up_what_was_killed(tmp_path, owner, connect):
    school(tmp_path, people=PEOPLE)
    killed_after(tmp_path, PEOPLE + 100)
    assert not perform_next(connect()), "its lease has not run out"
    owner.execute("UPDATE core_run SET taken_at = taken_at - interval '11 minutes'")

    assert perform_next(connect())

    run = Run.objects.get()
    assert (run.state, run.outcome["counts"]["payments"]) == ("done", {"new": PEOPLE + 1})
    assert Payment.objects.count() == PEOPLE + 2


@pytest.mark.proof
def test_two_imports_at_once_are_one_and_a_refusal(tmp_path):
    school(tmp_path, people=PEOPLE)
    first = command(tmp_path)
    deadline = time.monotonic() + 60
    while not Arrival.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.01)

    second = command(tmp_path)
    out, _ = second.communicate(timeout=60)

    assert (second.returncode, json.loads(out)["error"]) == (2, "import_runs")
    out, _ = first.communicate(timeout=120)
    assert json.loads(out)["counts"]["people"] == {"new": PEOPLE}


def test_looking_by_command_writes_nothing(tmp_path, owner):
    before = checksums(owner)

    words = [sys.executable, "-m", "tollkeeper.cli.main", "import", "csv", str(school(tmp_path))]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "would be brought; --apply does it" in done.stdout
    assert checksums(owner) == before
