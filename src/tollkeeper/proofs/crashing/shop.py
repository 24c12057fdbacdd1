"""The instance that the crash proof kills: `tollkeeper serve --demo` with processes that can be killed at named points.

`python -m tollkeeper.proofs.crashing.shop FOLDER [--broken NAME]`
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tollkeeper.core.settings import settings
from tollkeeper.proofs.crashing.points import PROCESSES
from tollkeeper.server.account import Account, server_account
from tollkeeper.server.children import Child
from tollkeeper.server.environment import child_account
from tollkeeper.server.supervisor import Ready, house, run


def main(arguments: Sequence[str]) -> int:
    """Run it until a signal comes."""
    parser = argparse.ArgumentParser(prog="tollkeeper.proofs.crashing.shop")
    parser.add_argument("folder", type=Path, help="orders come from here, and what was done is told here")
    parser.add_argument("--broken", default="")
    options = parser.parse_args(arguments)
    say = partial(print, flush=True)
    _hand_over(options.folder, child_account(server_account(), say))
    return run(
        settings(),
        sandbox=True,
        announce=say,
        prepare=lambda ready: ready.step("prepare", "-m", "tollkeeper.cli.prepare", "--demo"),
        children=lambda ready: killable(ready, options.folder, options.broken),
    )


def killable(ready: Ready, folder: Path, broken: str = "") -> list[Child]:
    """The house's children, each of ours started through `launch`."""
    return [_killable(child, folder, broken) if child.name in PROCESSES else child for child in house(ready)]


def _killable(child: Child, folder: Path, broken: str) -> Child:
    python, _, _, *rest = child.argv
    launch = [python, "-m", "tollkeeper.proofs.crashing.launch", child.name, str(folder), "--broken", broken, *rest]
    return replace(child, argv=launch)


def _hand_over(folder: Path, account: Account) -> None:
    """Let the children's account write where they tell what they did, and keep their mails."""
    if account.needs_drop:
        for path in (folder, folder.parent / "mail"):
            path.mkdir(exist_ok=True)
            os.chown(path, account.uid, account.gid)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
