"""Everything between a started database and started processes, in one child process, as the owner.

`python -m tollkeeper.cli.prepare [--demo [--past]]`; `tollkeeper serve` runs it.
"""

from __future__ import annotations

import sys

import django
from django.core.management import call_command

from tollkeeper.core.settings import settings
from tollkeeper.server import translations
from tollkeeper.server.migrate import become_owner, migrate
from tollkeeper.server.rooms import furnish


def main(arguments: list[str]) -> int:
    """Compile words, migrate, collect files, and load the demo shop if asked. Doing it twice changes nothing."""
    become_owner()
    furnish()
    translations.compile_stale(settings().data_dir / "locale")
    django.setup()
    for sentence in migrate():
        sys.stdout.write(f"{sentence}\n")
    _collect_files()
    if "--demo" in arguments:
        _load_demo(past="--past" in arguments)
    return 0


def _load_demo(*, past: bool) -> None:
    # Models may be imported only after django.setup.
    from tollkeeper.proofs.lately import give_past  # noqa: PLC0415
    from tollkeeper.proofs.shop import build_shop  # noqa: PLC0415

    build_shop()
    if past:
        give_past()


def _collect_files() -> None:
    (settings().data_dir / "static").mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
