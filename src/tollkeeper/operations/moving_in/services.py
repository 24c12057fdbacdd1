"""Moving in: read, compare, and, where it is asked for, carry over. One import at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from tollkeeper.core import audit, runs
from tollkeeper.core.database import Connection, as_json, connect, statements
from tollkeeper.core.errors import TollkeeperError
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.operations.moving_in.apply import Errand, Hand
from tollkeeper.operations.moving_in.compare import Comparison
from tollkeeper.operations.moving_in.errors import BadMapping, ImportRuns
from tollkeeper.operations.moving_in.mapping import Names, read_mapping
from tollkeeper.operations.moving_in.plan import Plan
from tollkeeper.operations.moving_in.reading.csvs import Columns, Passed, Read, Spoiled, missing_columns, read_folder
from tollkeeper.operations.moving_in.reading.dumps import read_dump
from tollkeeper.operations.moving_in.report import Report, report_of, write_files
from tollkeeper.operations.moving_in.rows import Reader
from tollkeeper.operations.moving_in.values import BadCell

SQL = statements("tollkeeper.operations.moving_in")
RUN = "operations.moving_in"
_NAMED_BY = {"csv": "file", "dump": "table"}
KEEP_EVERY = 5_000
"""Rows between two words that a run still goes on; its lease is ten minutes."""

Watch = Callable[[str, int], None]
"""Hears what is being done (`reading`, `comparing`, `carrying`), and how many rows were done since the last word."""


class Request(msgspec.Struct, frozen=True):
    """What is to be brought.

    Args:
        form: `csv` or `dump`.
        path: the folder or the file, absolute.
        mapping: a TOML file, absolute; "" for none.
        told: settings of the mapping that the command line gives.
        pg_restore: the program for archives; "" where there is none.
    """

    form: str
    path: str
    mapping: str = ""
    told: dict[str, str] = {}
    pg_restore: str = ""


def _say_nothing(stage: str, rows: int) -> None:
    """For runs that nobody watches."""


@dataclass(frozen=True, slots=True)
class Doing:
    """An import that is being done.

    Args:
        run_id: its run; None where it is only tried out.
        by: who asked.
        report: a folder for the report's files.
        watch: hears how it goes.
    """

    run_id: UUID | None
    by: str
    report: Path | None = None
    watch: Watch = _say_nothing

    def tell(self, stage: str, rows: int) -> None:
        """Say how it goes, and keep the run from being taken by a worker."""
        if self.run_id is not None:
            with raw_cursor() as cursor:
                runs.keep(cursor, self.run_id)
        self.watch(stage, rows)


def try_out(request: Request, *, report: Path | None = None, watch: Watch = _say_nothing) -> Report:
    """Say what would be brought. Nothing is written but the report.

    Args:
        report: a folder for its files.

    Raises:
        BadMapping, Unreadable, NothingToBring: with what to mend.
    """
    return _brought(request, Doing(None, "", report, watch))


def move_in(request: Request, *, by: str, report: Path | None = None, watch: Watch = _say_nothing) -> Report:
    """Bring everything that can be brought. An import of the same words that was killed is gone on with.

    Args:
        by: who asks, for the audit log.
        report: a folder for the report's files.

    Raises:
        BadMapping, Unreadable, NothingToBring: with what to mend.
        ImportRuns: another one is running.
        NotNow: the switchboard refuses; run it again later.
    """
    arguments = msgspec.to_builtins(request)
    with _alone():
        run_id = _unfinished(arguments)
        with raw_cursor() as cursor:
            if run_id is None:
                run_id = runs.begin(cursor, RUN, by=by, **arguments)
                audit.record(cursor, act="import.begin", thing=str(run_id), by=by, data={"path": request.path})
            else:
                runs.keep(cursor, run_id)
        return _carried(request, Doing(run_id, by, report, watch))


def resume(_connection: Connection, arguments: dict[str, Any]) -> dict[str, Any]:
    """A worker takes up an import whose command was killed.

    Raises:
        ImportRuns: it was not killed, or another one is running.
    """
    request = msgspec.convert(arguments, Request)
    with _alone():
        run_id = _unfinished(arguments)
        if run_id is None:
            raise ImportRuns("The import was ended by somebody else.")
        report = _brought(request, Doing(run_id, "worker"))
    return report.in_short()


def _carried(request: Request, doing: Doing) -> Report:
    """The import, with its end written down. Killed, it has none, and is found again by that."""
    try:
        report = _brought(request, doing)
    except TollkeeperError as error:
        _end(doing, "failed", {"error": error.sentence})
        raise
    except KeyboardInterrupt:
        _end(doing, "failed", {"error": "Interrupted by hand; what was brought stays."})
        raise
    _end(doing, "done", report.in_short())
    return report


def _brought(request: Request, doing: Doing) -> Report:
    """Read, compare and, for a run, carry over."""
    names = _names(request)
    with closing(Plan()) as plan:
        _fill(plan, names, request, doing)
        if doing.run_id is not None:
            errand = Errand(names.source, doing.run_id, doing.by)
            Hand(plan, errand, tick=partial(doing.watch, "carrying")).carry()
        return _told(plan, names, doing.report, applied=doing.run_id is not None)


def _fill(plan: Plan, names: Names, request: Request, doing: Doing) -> None:
    _read_in(plan, names, request, doing.tell)
    tick = partial(doing.tell, "comparing")
    Comparison(plan, source=names.source, run_id=doing.run_id, tick=tick).compare()


def _read_in(plan: Plan, names: Names, request: Request, watch: Watch) -> None:
    reader, waiting = Reader(names, language=names.language or settings().language), 0
    for found in _rows(names, request):
        waiting += 1
        if waiting == KEEP_EVERY:
            watch("reading", waiting)
            waiting = 0
        if isinstance(found, Columns):
            reader.has(found)
            if lacking := missing_columns(found.kind, names.kinds[found.kind], found.names):
                raise BadMapping(f"{found.place} has no column {', '.join(lacking)}; it has {', '.join(found.names)}.")
        elif isinstance(found, Passed):
            plan.note("", found.place, 0, f"nothing is read of {found.place}")
        elif isinstance(found, Spoiled):
            plan.refuse(found.kind, found.place, found.line, found.wrong, found.mend)
        else:
            _take(plan, reader, found)
    watch("reading", waiting)
    for kind in sorted(names.kinds.keys() - reader.kinds - {"profiles"}):
        plan.note(kind, "", 0, f"there is no {getattr(names.kinds[kind], _NAMED_BY[request.form])}")


def _take(plan: Plan, reader: Reader, found: Any) -> None:
    try:
        understood = reader.understand(found)
    except BadCell as error:
        plan.refuse(found.kind, found.place, found.line, error.wrong, error.mend)
        return
    if understood is None:
        plan.pass_over(found.kind, found.place, found.line, "It was deleted there.")
    else:
        plan.add(found.kind, found.place, found.line, understood)


def _rows(names: Names, request: Request) -> Iterator[Read]:
    if request.form == "csv":
        return read_folder(Path(request.path), names)
    return read_dump(Path(request.path), names, pg_restore=Path(request.pg_restore) if request.pg_restore else None)


def _names(request: Request) -> Names:
    return read_mapping(Path(request.mapping) if request.mapping else None, **request.told)


def _told(plan: Plan, names: Names, folder: Path | None, *, applied: bool) -> Report:
    report = report_of(plan, source=names.source, applied=applied)
    if folder is not None:
        write_files(plan, report, folder)
    return report


def _end(doing: Doing, state: str, outcome: dict[str, Any]) -> None:
    if doing.run_id is None:
        return
    with raw_cursor() as cursor:
        runs.finish(cursor, doing.run_id, state=state, outcome=outcome)
        audit.record(cursor, act=f"import.{state}", thing=str(doing.run_id), by=doing.by)


def _unfinished(arguments: dict[str, Any]) -> UUID | None:
    with raw_cursor() as cursor:
        cursor.execute(SQL["find_run"], {"name": RUN, "arguments": as_json(arguments)})
        row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def _alone() -> Iterator[None]:
    """One import at a time; the lock ends with its connection, however that ends."""
    known = settings().database_url
    with connect(known.get_secret_value() if known else "", name="import", autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended('tollkeeper.moving_in', 0))").fetchone()
        if row != (True,):
            raise ImportRuns
        try:
            yield
        finally:
            # The server notices a closed connection a little later; who comes at once must not be refused.
            with suppress(psycopg.OperationalError):
                connection.execute("SELECT pg_advisory_unlock_all()")
