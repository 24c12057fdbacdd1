"""Imports run downhill: the contracts of `.importlinter` hold, all of them, with no exceptions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from architecture import tree

CONTRACTS = 11


def test_contracts_hold():
    answer = run_linter(tree.ROOT)

    assert answer.returncode == 0, f"{answer.stdout}\nMove the code, or go through a socket of core (ARCHITECTURE.md)."
    assert f"Contracts: {CONTRACTS} kept, 0 broken." in answer.stdout


def test_climbing_import_breaks_them(tmp_path):
    copy_package(tmp_path)
    climber = tmp_path / "tollkeeper" / "core" / "money.py"
    climber.write_text(climber.read_text() + "\nimport tollkeeper.payments.ledger.settle\n")

    answer = run_linter(tmp_path)

    assert answer.returncode == 1
    assert "tollkeeper.core is not allowed to import tollkeeper.payments" in answer.stdout


def test_list_of_exceptions_is_empty():
    text = (tree.ROOT / ".importlinter").read_text()

    assert "ignore_imports" not in text, "Mend the import. The list of exceptions starts and stays empty."


def test_room_that_exists_has_lost_its_parentheses():
    layers = tree.contracts()["importlinter:contract:house"]["layers"]
    waiting = re.findall(r"\((\w+)\)", layers)

    built = [room for room in waiting if (tree.PACKAGE / room).is_dir()]

    assert built == [], f"Take the parentheses off {built} in .importlinter, and name them in the other contracts."


def run_linter(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = "from importlinter.cli import lint_imports_command as lint; lint()"
    config = str(tree.ROOT / ".importlinter")
    source = str(tree.PACKAGE.parent if folder == tree.ROOT else folder)
    return subprocess.run(
        [sys.executable, "-c", linter, "--config", config, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_package(folder: Path) -> None:
    for path in tree.PACKAGE.rglob("*.py"):
        target = folder / path.relative_to(tree.PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
