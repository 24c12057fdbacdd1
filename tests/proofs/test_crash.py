from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tollkeeper.core.database import statements
from tollkeeper.proofs.crash import run
from tollkeeper.proofs.crashing.points import ANY_MOMENT, CONSUMERS, POINTS, POSTGRES, TooFewKills, plan
from tollkeeper.proofs.crashing.processes import children, is_running, kill

ROOMS = ("core", "messaging", "payments.ledger", "fulfilment.enrolments")
WRAPPED = {"verdict", "answer", "gateway's page", "effect", "sending"}
EARLY = [point for point in POINTS if point.name == "webhook before commit of insert_deliveries"]


def told(report):
    return "\n".join(report.lines())


@pytest.mark.proof
def test_kills_lose_nothing():
    report = run(kills=5, seed=3, announce=lambda sentence: None)

    assert report.passed, told(report)
    assert report.kills == 5
    assert report.paid > 0
    assert report.folder is None


@pytest.mark.proof
def test_intake_that_answers_before_the_commit_is_found_out(open_folder):
    report = run(
        kills=2, seed=1, announce=lambda sentence: None, points=EARLY, broken="answer-early", folder=open_folder
    )

    assert not report.passed
    assert any(sentence.startswith("acknowledged, and") for sentence in report.lost), told(report)
    assert report.folder == str(open_folder)
    assert (open_folder / "serve.log").exists()


def test_same_seed_makes_the_same_plan():
    assert plan(150, 7) == plan(150, 7)
    assert plan(150, 7) != plan(150, 8)


def test_150_kills_reach_every_point_and_come_unannounced_too():
    kills = plan(150, 7)

    assert {point.name for point in POINTS} | {ANY_MOMENT} == {one.point for one in kills}
    assert POSTGRES in {one.victim for one in kills if one.point != ANY_MOMENT}
    assert len(kills) == 150


def test_plan_of_nothing_is_refused():
    with pytest.raises(TooFewKills):
        plan(0, 1)


def test_every_point_names_something_that_exists():
    known = WRAPPED.union(*(statements(f"tollkeeper.{room}") for room in ROOMS))

    named = [point.name.partition(" ")[2].partition(" ")[2].removeprefix("commit of ") for point in POINTS]

    assert [name for name in named if name not in known] == []


def test_points_know_every_consumer():
    from tollkeeper.server.monitor import consumers

    assert set(CONSUMERS) == set(consumers())


def test_child_is_found_and_killed():
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])

    assert process.pid in children(os.getpid())
    assert is_running(process.pid)
    assert kill(process.pid)
    assert process.wait() == -signal.SIGKILL
    assert not is_running(process.pid)
