"""What became of everything: for people, as JSON, and as CSV files that a spreadsheet opens."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from babel.numbers import get_currency_precision

from tollkeeper.core import clock
from tollkeeper.operations.moving_in.errors import Unreadable
from tollkeeper.operations.moving_in.plan import Outcome, Plan

MOST_LINES = 1_000
"""Refusals and notes in the JSON document; the CSV files have all."""
_NOTES = """
SELECT CASE kind WHEN '' THEN text ELSE kind || ': ' || text END, count(*)
FROM note GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?
"""
KINDS = ("people", "courses", "lessons", "payments", "enrolments")


class Total(msgspec.Struct, frozen=True):
    """Money of one currency, in minor units, and of how many payments.

    Args:
        currency: ISO 4217.
        paid_there: what the earlier system counts as paid; compare this with what it says itself.
        here: the part that is here now, or would be.
        passed: the part that is not brought on purpose: access was taken back there.
        refused: the part that cannot be brought until its rows are mended.
        payments: how many payments `paid_there` adds up.
    """

    currency: str
    paid_there: int
    here: int
    passed: int
    refused: int
    payments: int


class Problem(msgspec.Struct, frozen=True):
    """A row that was refused, or passed over or left for a reason that a person should know."""

    kind: str
    outcome: str
    place: str
    line: int
    reason: str
    mend: str


class Report(msgspec.Struct, frozen=True):
    """What became of everything.

    Args:
        source: the earlier system's name.
        applied: whether it was done, or only looked at.
        at: when.
        counts: kind → outcome → rows.
        money: by currency.
        payers: people who paid there and have, or will have, access here.
        refused: rows that were refused; `problems` has the first of them.
        paid_twice: accesses that were paid more than once there.
        open_links: links that may still be paid, and will open the course.
        unread: payments whose row could not be read, so that no total holds them.
        by_link: people who sign in by link, since no password could be brought.
        problems: the first thousand rows that need a person.
        not_understood: what was left out of rows that were brought, and how often.
    """

    source: str
    applied: bool
    at: datetime
    counts: dict[str, dict[str, int]]
    money: list[Total]
    payers: int
    refused: int
    paid_twice: int
    open_links: int
    unread: int
    by_link: int
    problems: list[Problem]
    not_understood: dict[str, int]

    def in_short(self) -> dict[str, Any]:
        """What the run keeps: the figures, without rows."""
        figures: dict[str, Any] = msgspec.to_builtins(self)
        del figures["problems"]
        return figures


def report_of(plan: Plan, *, source: str, applied: bool) -> Report:
    """The report of a plan that was compared, and carried over if it was."""
    counts: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    for kind, outcome, rows in plan.ask("SELECT kind, outcome, count(*) FROM line GROUP BY 1, 2 ORDER BY 1, 2"):
        counts.setdefault(kind, {})[outcome] = rows
    return Report(
        source=source,
        applied=applied,
        at=clock.now(),
        counts=counts,
        money=_money(plan),
        payers=_one(plan, "SELECT count(DISTINCT person) FROM paid"),
        refused=sum(by_outcome.get(Outcome.REFUSED, 0) for by_outcome in counts.values()),
        paid_twice=_one(plan, "SELECT count(*) FROM (SELECT 1 FROM paid GROUP BY pair HAVING count(*) > 1)"),
        open_links=_one(plan, "SELECT count(*) FROM here WHERE kind = 'payments' AND standing = 'open'"),
        unread=_one(plan, "SELECT count(*) FROM line WHERE kind = 'payments' AND outcome = 'refused' AND data IS NULL"),
        by_link=_one(
            plan,
            "SELECT count(*) FROM line WHERE kind = 'people' AND key IS NOT NULL"
            " AND outcome IN ('new', 'changed') AND json_extract(data, '$.password') = ''",
        ),
        problems=[Problem(*row) for row in _problems(plan, MOST_LINES)],
        not_understood=dict(plan.ask(_NOTES, MOST_LINES)),
    )


def write_files(plan: Plan, report: Report, folder: Path) -> None:
    """The report as `report.json`, `rows.csv` and `payers.csv`; for their owner's eyes (mode 0600).

    Raises:
        Unreadable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "report.json", [msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"])
        heads = ("kind", "outcome", "file", "line", "reason", "mend")
        _write(folder / "rows.csv", _csv(heads, _problems(plan, -1)))
        heads = ("email", "course", "amount", "currency", "paid_at", "outcome")
        _write(folder / "payers.csv", _csv(heads, _payers(plan)))
    except OSError as error:
        raise Unreadable(f"The report cannot be written to {folder}: {error.strerror}.") from error


def _money(plan: Plan) -> list[Total]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = plan.ask(
        "SELECT json_extract(data, '$.currency'), outcome, sum(json_extract(data, '$.amount_minor')), count(*)"
        " FROM line WHERE kind = 'payments' AND standing = 'paid' GROUP BY 1, 2"
    )
    for currency, outcome, minor, payments in rows:
        column = {"passed": "passed", "refused": "refused"}.get(outcome, "here")
        sums[currency][column] += minor
        sums[currency]["payments"] += payments
    return [
        Total(
            currency,
            found["here"] + found["passed"] + found["refused"],
            found["here"],
            found["passed"],
            found["refused"],
            found["payments"],
        )
        for currency, found in sorted(sums.items())
    ]


def _problems(plan: Plan, most: int) -> list[tuple[Any, ...]]:
    return plan.ask(
        "SELECT kind, outcome, place, line, reason, mend FROM problem ORDER BY outcome = 'refused' DESC, n LIMIT ?",
        most,
    )


def _payers(plan: Plan) -> Iterator[tuple[Any, ...]]:
    after = 0
    while rows := plan.ask(
        "SELECT paid.n, person.also, json_extract(course.data, '$.title'), json_extract(paid.data, '$.amount_minor'),"
        " json_extract(paid.data, '$.currency'), json_extract(paid.data, '$.at'), paid.outcome FROM paid"
        " JOIN line AS person ON person.kind = 'people' AND person.key = paid.person"
        " JOIN line AS course ON course.kind = 'courses' AND course.key = paid.course"
        " WHERE paid.n > ? ORDER BY paid.n LIMIT 1000",
        after,
    ):
        for n, email, title, minor, currency, at, outcome in rows:
            after = n
            yield email, title, Decimal(minor).scaleb(-get_currency_precision(currency)), currency, at, outcome


def _one(plan: Plan, query: str) -> int:
    return int(plan.ask(query)[0][0])


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    lines: list[str] = []
    writer = csv.writer(_Collected(lines))
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        yield from lines
        lines.clear()
    yield from lines


def _harmless(cell: Any) -> Any:
    """A stranger's text, so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


class _Collected:
    """What csv's writer writes to."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> int:
        """Keep a line."""
        self._lines.append(text)
        return len(text)


def _write(path: Path, texts: Iterable[str]) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        file.writelines(texts)
