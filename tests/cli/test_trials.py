"""The instance, tried from the outside; and the demo."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tollkeeper.proofs.instance import environment_for


def test_smoke_passes_on_a_good_shop(tell, shop):
    answer = tell("test", "smoke", "--json")

    assert answer.code == 0, answer.out
    assert answer.json["passed"]
    assert any("cancelled" in step["said"] for step in answer.json["steps"])


def test_smoke_notices_a_stopped_till(tell, shop):
    with psycopg.connect(shop.owner_dsn, autocommit=True) as owner:
        owner.execute("UPDATE core_switch SET payments = 'stopped'")
        answer = tell("test", "smoke", "--json")
        owner.execute("UPDATE core_switch SET payments = 'open'")

    assert answer.code == 1
    failed = {step["step"] for step in answer.json["steps"] if not step["passed"]}
    assert failed == {"checkout opened and turned back", "check ledger.checkouts_allowed"}


def test_payment_flow_passes_stage_by_stage(tell):
    answer = tell("test", "payment-flow", "--json")

    assert answer.code == 0, answer.out
    assert len(answer.json["steps"]) == 9


def test_payment_flow_stops_where_it_fails(tell):
    answer = tell("test", "payment-flow", "--course", "no-such-course")

    assert answer.code == 1
    assert answer.out.count("FAIL  ") == 1
    assert "no-such-course" in answer.out


def test_database_connection_is_told(tell):
    answer = tell("test:db:connection")

    assert answer.code == 0
    assert "as tollkeeper_app" in answer.out


def test_gateway_that_refuses_us_fails(tell):
    good = tell("test", "ikhokha-api-connectivity", "--json")
    bad = tell("test", "ikhokha-api-connectivity", "--json", TOLLKEEPER_IKHOKHA_APP_SECRET="wrong")
    gone = tell("test", "ikhokha-api-connectivity", TOLLKEEPER_IKHOKHA_BASE_URL="http://127.0.0.1:1/api")

    assert (good.code, good.json["verdict"]) == (0, "pass")
    assert (bad.code, bad.json["verdict"]) == (1, "fail")
    assert gone.code == 1
    assert "does not answer" in gone.out


def test_demo_buys_in_the_running_shop(tell, shop):
    bought = tell("demo", "--course", shop.courses[3], "--json").json

    assert (bought["instance"], bought["course"]) == ("running", shop.courses[3])
    names = [stage["stage"] for stage in bought["stages"]]
    assert names.index("webhook received") < names.index("committed") < names.index("the customer's screen knows")
    assert {"verified", "answered", "pushed to the screen"} <= set(names)
    assert 0 < bought["webhook_to_screen_ms"] <= bought["paying_to_open_ms"]


@pytest.mark.proof
def test_demo_makes_an_instance_where_none_runs(alone):
    before = set(Path(tempfile.gettempdir()).glob("tollkeeper-demo-*"))

    answer = alone("demo")

    assert answer.code == 0, answer.err
    assert "bought in a fresh one" in answer.out
    assert "pushed to the screen" in answer.out
    assert set(Path(tempfile.gettempdir()).glob("tollkeeper-demo-*")) <= before


@pytest.fixture
def house():
    """A folder with a short name that every account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tk-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_leaves_nothing_behind(house, number):
    env = environment_for(house) | {"TMPDIR": str(house)}
    command = [sys.executable, "-m", "tollkeeper.cli.main", "demo"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        deadline = time.monotonic() + 30
        while not list(house.glob("tollkeeper-demo-*/serve.log")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        demo.send_signal(number)
        said, _ = demo.communicate(timeout=60)

    assert demo.returncode == 130, said
    assert "Traceback" not in said
    assert list(house.glob("tollkeeper-demo-*")) == []
