from __future__ import annotations

import os
import signal
import socket
import time

import httpx
import pytest

from server.make import INSTANCE, gone, settings_of, talking, until
from tollkeeper.core.errors import Refusal
from tollkeeper.server.environment import child_environment
from tollkeeper.server.supervisor import run


@pytest.fixture
def start(house):
    """Start an instance with stand-in children; its folder is the test's own."""
    return lambda *words, **more: talking(INSTANCE, *words, TOLLKEEPER_DATA_DIR=str(house), **more)


def _crashes(house):
    file = house / "crashes"
    return len(file.read_text()) if file.exists() else 0


def _pid(line):
    return int(line.rpartition("pid ")[2])


def test_instance_opens_and_stops_in_order(start):
    with start() as instance:
        worker = _pid(instance.hear("worker | pid"))
        address = instance.hear("OPEN").split()[-1]
        assert httpx.get(address).text == "open"
        instance.process.send_signal(signal.SIGINT)
        assert instance.end() == 0
    assert gone(worker)
    assert "migrate | True" in instance.lines
    assert not [line for line in instance.lines if "starting it again" in line]


def test_children_never_see_the_owner_and_have_their_own_session(start):
    with start("nosy") as instance:
        assert instance.hear("nosy |") == "nosy | None True"


def test_killed_child_comes_back_on_the_same_socket(start):
    with start() as instance:
        first = _pid(instance.hear("worker | pid"))
        address = instance.hear("OPEN").split()[-1]
        os.kill(first, signal.SIGKILL)
        ended = instance.hear("worker ended (killed by SIGKILL)")
        assert _pid(instance.hear("worker | pid", after=ended)) != first
        assert httpx.get(address).text == "open"


def test_crash_loop_is_told_once(start, house):
    with start("crash") as instance:
        instance.hear("OPEN")
        until(lambda: _crashes(house) >= 4)
        instance.process.send_signal(signal.SIGTERM)
        assert instance.end() == 0
    assert len([line for line in instance.lines if line.startswith("crash ended (exit code 3)")]) == 1


def test_killed_postgres_comes_back_under_running_children(start, house):
    with start() as instance:
        instance.hear("OPEN")
        pid_file = house / "postgres/cluster/postmaster.pid"
        before = int(pid_file.read_text().split()[0])
        os.kill(before, signal.SIGKILL)
        instance.hear("PostgreSQL ended")
        until(lambda: pid_file.exists() and pid_file.read_text().split()[0] != str(before))
        until(lambda: "ready" in pid_file.read_text())
        instance.process.send_signal(signal.SIGTERM)
        assert instance.end() == 0


def test_killed_supervisor_takes_everything_along(start, house):
    with start() as instance:
        worker = _pid(instance.hear("worker | pid"))
        postmaster = int((house / "postgres/cluster/postmaster.pid").read_text().split()[0])
        os.kill(instance.process.pid, signal.SIGKILL)
        until(lambda: gone(worker) and gone(postmaster))
    with start() as instance:
        instance.hear("OPEN")


def test_second_signal_does_not_wait_for_a_deaf_child(start):
    with start("stubborn") as instance:
        instance.hear("stubborn | deaf")
        instance.hear("OPEN")
        instance.process.send_signal(signal.SIGINT)
        instance.hear("stubborn | no")
        began = time.monotonic()
        instance.process.send_signal(signal.SIGINT)
        assert instance.end() == 130
    assert time.monotonic() - began < 8


def test_failed_step_starts_no_child_and_stops_the_database(start, house):
    with start("fail") as instance:
        assert instance.end() == 1
    assert "exit code 7" in "\n".join(instance.lines)
    assert not [line for line in instance.lines if line.startswith("worker")]
    assert not (house / "postgres/cluster/postmaster.pid").exists()


def test_port_that_was_set_is_refused_when_taken(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_of(data_dir=house, port=taken.getsockname()[1])
        with pytest.raises(Refusal, match="taken"):
            run(settings, sandbox=False, announce=print, prepare=lambda ready: None)
    assert not (house / "postgres").exists()


def test_secret_files_reach_children_as_values(house, monkeypatch):
    monkeypatch.setenv("TOLLKEEPER_IKHOKHA_APP_SECRET_FILE", "/closed")
    monkeypatch.setenv("TOLLKEEPER_OWNER_DATABASE_URL", "owner")
    settings = settings_of(data_dir=house, ikhokha_app_secret="told", secret_key="key")
    env = child_environment(settings, "app", 8001)
    assert env["TOLLKEEPER_IKHOKHA_APP_SECRET"] == "told"
    assert (env["TOLLKEEPER_DATABASE_URL"], env["TOLLKEEPER_PORT"], env["TOLLKEEPER_SECRET_KEY"]) == (
        "app",
        "8001",
        "key",
    )
    assert not {"TOLLKEEPER_IKHOKHA_APP_SECRET_FILE", "TOLLKEEPER_OWNER_DATABASE_URL"} & env.keys()
