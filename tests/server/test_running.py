"""How commands find the instance that runs on a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from server.make import INSTANCE, settings_of, talking
from tollkeeper.server.environment import (
    RUNNING,
    child_environment,
    instance_of,
    post_instance,
    running_instance,
    sandbox_environment,
    withdraw_instance,
)

ADDRESSES = ("http://shop.example", "http://127.0.0.1:8000", "http://127.0.0.1:8100")


@pytest.fixture
def instance(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("TOLLKEEPER_")]:
        monkeypatch.delenv(name)
    settings = settings_of(data_dir=tmp_path)
    env = child_environment(settings, "dbname=ours", 8000) | sandbox_environment(settings, ADDRESSES[2])
    return instance_of(settings, env, ADDRESSES)


def test_posted_instance_is_found_by_its_account_alone(tmp_path, instance):
    post_instance(tmp_path, instance)

    assert running_instance(tmp_path) == instance
    assert (tmp_path / RUNNING).stat().st_mode & 0o777 == 0o600
    assert instance.environment["TOLLKEEPER_IKHOKHA_APP_SECRET"] not in repr(instance)


def test_withdrawn_instance_is_not_found(tmp_path, instance):
    post_instance(tmp_path, instance)

    withdraw_instance(tmp_path)

    assert running_instance(tmp_path) is None
    assert not (tmp_path / RUNNING).exists()


def test_instance_that_died_is_not_found(tmp_path, instance):
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass

    post_instance(tmp_path, replace(instance, pid=dead.pid))

    assert running_instance(tmp_path) is None


def test_later_process_of_the_same_number_is_not_the_instance(tmp_path, instance):
    post_instance(tmp_path, replace(instance, began="1"))

    assert running_instance(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}'])
def test_torn_word_is_no_instance(tmp_path, content):
    (tmp_path / RUNNING).write_text(content)

    assert running_instance(tmp_path) is None


def test_what_an_operator_set_is_not_written_down(tmp_path):
    settings = settings_of(
        data_dir=tmp_path, database_url="postgresql://x:secret@db/y", ikhokha_app_id="ID", ikhokha_app_secret="known"
    )
    env = child_environment(settings, "postgresql://x:secret@db/y", 8000)
    env |= sandbox_environment(settings, ADDRESSES[2])

    told = instance_of(settings, env, ADDRESSES).environment

    assert {"secret", "known"}.isdisjoint("".join(told.values()).split(":"))
    assert "TOLLKEEPER_DATABASE_URL" not in told
    assert "TOLLKEEPER_IKHOKHA_APP_SECRET" not in told


def test_instance_can_be_found_while_it_runs(house):
    with talking(INSTANCE, TOLLKEEPER_DATA_DIR=str(house)) as running:
        address = running.hear("OPEN").split()[-1]
        found = running_instance(house)
        running.process.send_signal(signal.SIGINT)
        running.end()

    assert found is not None
    assert (found.pid, found.local_address) == (running.process.pid, address)
    assert not (house / RUNNING).exists()


def test_killed_instance_is_not_found(house):
    with talking(INSTANCE, TOLLKEEPER_DATA_DIR=str(house)) as running:
        running.hear("OPEN")
        running.process.kill()
        running.process.wait()

        assert (house / RUNNING).exists()
        assert running_instance(house) is None
