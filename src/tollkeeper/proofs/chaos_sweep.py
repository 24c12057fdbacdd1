"""Reads the gateway's history once, as the worker does every quarter of an hour.

`python -m tollkeeper.proofs.chaos_sweep` is a process of its own, because it acts on the instance that its environment
names. It prints how much was new.
"""

from __future__ import annotations

import asyncio
import os
import sys

import django

from tollkeeper.core.logs import configure_logs
from tollkeeper.server.rooms import furnish


def main() -> int:
    """Sweep."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    configure_logs()
    furnish()
    django.setup()
    from tollkeeper.payments.ledger.jobs import sweep_history  # noqa: PLC0415  models come after django.setup

    with asyncio.Runner() as runner:
        sys.stdout.write(f"{sweep_history(runner, 'ikhokha')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
