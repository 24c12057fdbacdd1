"""`python -m bench`: Tollkeeper, its peers and the machine's limits in one run; then the table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

from bench.names import NAMES, Results
from bench.report import show
from bench.shop import credentials


def main() -> int:
    """Measure, print, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--payments", type=_positive, default=250_000, help="open payments in each database")
    parser.add_argument("--seconds", type=_positive, default=4, help="for each level")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there as JSON")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("the load generator wrk is not installed (Debian and Ubuntu: apt install wrk)")
    folder = Path(tempfile.mkdtemp(prefix="tollkeeper-bench-"))
    os.environ |= credentials(folder)
    results: Results = {}
    try:
        # The settings are read when this module is first imported, so the credentials come before it.
        from bench.run import run

        for name, figures in run(
            folder, payments=options.payments, seconds=options.seconds, only=options.only or NAMES
        ):
            results[name] = figures
    except BaseException:
        _print_log(folder / "subjects.log")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        show(results)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


def _print_log(log: Path) -> None:
    if log.exists():
        print(f"The subjects said last:\n{log.read_text(errors='replace')[-2000:]}")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
