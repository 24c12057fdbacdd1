"""The process that opens a stranger's file can do nothing else. Tried from inside, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import tollkeeper
from tollkeeper.payments.transfers import storage
from tollkeeper.payments.transfers.kinds import Media
from transfers import make

ATTEMPTS = {
    "open a file": "open('/etc/passwd')",
    "write a file": "open('/tmp/of-the-cage', 'w')",
    "open a socket": "__import__('socket').socket()",
    "take a gigabyte": "bytearray(1_200_000_000)",
    "get its limits back": "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))",
}


def run(body: str, cage: str) -> subprocess.CompletedProcess[str]:
    program = f"import resource\nfrom tollkeeper.payments.transfers import preview\npreview.warm_up()\n{cage}\n{body}\n"
    environment = {"PYTHONPATH": str(Path(tollkeeper.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_cage_holds(attempt):
    answer = run(ATTEMPTS[attempt], cage="preview.enter_cage()")

    assert answer.returncode != 0
    assert any(word in answer.stderr for word in ("OSError", "MemoryError", "ValueError", "PermissionError"))


@pytest.mark.parametrize("attempt", [name for name in ATTEMPTS if name != "get its limits back"])
def test_control_outside_the_cage_all_of_it_works(attempt):
    assert run(ATTEMPTS[attempt], cage="").returncode == 0


def test_cage_has_nothing_of_ours_in_its_environment(transfer, monkeypatch):
    seen = {}
    real = storage.subprocess.run

    def looking(command, **keywords):
        seen.update(keywords["env"])
        return real(command, **keywords)

    monkeypatch.setattr(storage.subprocess, "run", looking)
    make.sent(transfer, make.png())

    assert seen.keys() == {"PYTHONPATH"}


@pytest.mark.parametrize("media", list(Media))
def test_library_is_asked_for_the_kind_that_was_found_alone(media):
    """A file of one kind under the magic of another is nothing."""
    others = {Media.PDF: make.png(), Media.JPEG: make.pdf(), Media.PNG: make.jpeg()}
    environment = {"PYTHONPATH": str(Path(tollkeeper.__file__).parents[1])}

    answer = subprocess.run(
        [sys.executable, "-m", "tollkeeper.payments.transfers.preview", media.value],
        input=others[media],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert answer.stdout == b'{"pages": 0, "sizes": [], "refusal": "unreadable"}\n'
