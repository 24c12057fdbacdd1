from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from server.make import gone, talking, until
from tollkeeper.server.account import Command, NotPermitted, as_account, current_account, launch, may, server_account

PARENT = """
import signal, sys
from tollkeeper.server.account import Command, current_account, launch
child = launch(Command([sys.executable, "-c", "import signal; signal.pause()"], current_account(), {}))
print(child.pid, flush=True)
signal.pause()
"""


def test_child_dies_with_a_killed_parent():
    with talking(PARENT) as parent:
        child = int(parent.hear(""))
        assert not gone(child)
        os.kill(parent.process.pid, signal.SIGKILL)
        until(lambda: gone(child))


def test_child_is_out_of_reach_of_our_terminal():
    command = Command([sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"], current_account(), {})
    process = launch(command, stdout=subprocess.PIPE)
    assert process.communicate()[0] == b"True\n"


def test_root_becomes_somebody_else_wholly():
    account = server_account()
    script = "import os; print(os.getresuid(), os.getresgid(), os.getgroups())"
    process = launch(Command(["/usr/bin/python3", "-c", script], account, {}), stdout=subprocess.PIPE)
    seen = process.communicate()[0].decode().strip()
    assert account.uid != 0
    assert seen.startswith(f"{(account.uid,) * 3} {(account.gid,) * 3}")
    assert os.geteuid() or seen.endswith("[]")


def test_access_is_tried_as_the_account(house):
    closed = house / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").touch()
    assert may(server_account(), os.R_OK, closed / "file") is (os.geteuid() != 0)
    assert may(server_account(), os.X_OK, house)


def test_act_that_fails_says_why(house):
    with pytest.raises(NotPermitted, match="No such file"):
        as_account(server_account(), (house / "missing").read_text)
    assert as_account(server_account(), lambda: "done") == "done"
