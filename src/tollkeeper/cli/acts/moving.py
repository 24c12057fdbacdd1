"""Moving in: progress while it runs, and the report."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tollkeeper.cli.output import BadArguments, end, print_json, print_table, say
from tollkeeper.core.money import Money
from tollkeeper.operations.moving_in.plan import Outcome
from tollkeeper.operations.moving_in.report import Problem, Report
from tollkeeper.operations.moving_in.services import Request, Watch, move_in, try_out
from tollkeeper.server.postgres.binaries import available

SHOWN = 20
"""Rows on the screen; the report's files have all."""
_STAGES = {"reading": "Reading", "comparing": "Comparing", "carrying": "Bringing"}


def bring(
    form: str,
    path: Path,
    mappings: Sequence[str],
    *,
    by: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Bring a folder or a dump, or say what that would do.

    Args:
        form: `csv` or `dump`.
        mappings: a file, or settings of one as `name=value`.
        by: who does it; None to look only.

    Raises:
        BadArguments, BadMapping, Unreadable, NothingToBring, ImportRuns, NotNow.
    """
    files, told = _mapping(mappings)
    request = Request(
        form=form,
        path=str(path.absolute()),
        mapping=str(Path(files[0]).absolute()) if files else "",
        told=told,
        pg_restore=_pg_restore() if form == "dump" else "",
    )
    with _progress(shown=not as_json) as watch:
        if by is None:
            found = try_out(request, report=report, watch=watch)
        else:
            found = move_in(request, by=by, report=report, watch=watch)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        _print(found, report)
    end(well=found.refused == 0)


def _mapping(given: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    files = [one for one in given if "=" not in one]
    if len(files) > 1:
        raise BadArguments("There can be one mapping file.", remedy="Put both into one file.")
    pairs = [one.partition("=") for one in given if "=" in one]
    return files, {name.strip(): value.strip() for name, _, value in pairs}


def _pg_restore() -> str:
    """The newest pg_restore here: it reads archives of its own and of older versions."""
    ours = sorted(available(), key=lambda binaries: binaries.major, reverse=True)
    for binaries in ours:
        if os.access(binaries.program("pg_restore"), os.X_OK):
            return str(binaries.program("pg_restore"))
    return shutil.which("pg_restore") or ""


@contextmanager
def _progress(*, shown: bool) -> Iterator[Watch]:
    screen = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=screen, disable=not (shown and screen.is_terminal)) as bars:
        tasks = {stage: bars.add_task(name, total=None) for stage, name in _STAGES.items()}

        def watch(stage: str, rows: int) -> None:
            bars.advance(tasks[stage], rows)

        yield watch


def _print(found: Report, folder: Path | None) -> None:
    done = "was brought" if found.applied else "would be brought; --apply does it"
    say(f"From {found.source}: this {done}.", "")
    heads = ("", *(outcome.value for outcome in Outcome))
    rows = [
        (kind, *(by_outcome.get(outcome, "") for outcome in Outcome))
        for kind, by_outcome in found.counts.items()
        if by_outcome
    ]
    print_table(heads, rows)
    say("")
    _print_money(found)
    _print_people(found)
    for text, times in list(found.not_understood.items())[:SHOWN]:
        say(f"Not understood: {text} ({times})")
    _print_problems(found.problems)
    if folder is not None:
        say("", f"All of it: report.json, rows.csv and payers.csv in {folder}.")


def _print_money(found: Report) -> None:
    def shown(minor: int, currency: str) -> str:
        return Money(minor, currency).display()

    heads = ("Paid there", "Payments", "Here", "Passed over", "Refused")
    rows = [
        (
            shown(total.paid_there, total.currency),
            total.payments,
            *(shown(minor, total.currency) for minor in (total.here, total.passed, total.refused)),
        )
        for total in found.money
    ]
    if rows:
        print_table(heads, rows)
        say("")


def _print_people(found: Report) -> None:
    verb = "have" if found.applied else "will have"
    figures = {
        f"People who paid there and {verb} their courses here": found.payers,
        "People who sign in by link, since no password of theirs could be brought": found.by_link,
        "Links that may still be paid, and then open their course": found.open_links,
        "Courses that somebody paid for more than once there": found.paid_twice,
        "Payments that could not be read, so that no total holds them": found.unread,
    }
    say(*[f"{what}: {number}" for what, number in figures.items() if number])


def _print_problems(problems: list[Problem]) -> None:
    if not problems:
        return
    say("", f"Rows that need a person (the first {min(len(problems), SHOWN)} of {len(problems)}):")
    for one in problems[:SHOWN]:
        say(f"  {one.place}, line {one.line} ({one.outcome}): {one.reason} {one.mend}".rstrip())
