"""A large school: memory is bounded by a batch, and no transaction is long.

`TOLLKEEPER_IMPORT_PEOPLE=20000` tries the size of the how-to page; each pays two and a half times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from operations.make import write

pytestmark = pytest.mark.usefixtures("db")
PEOPLE = int(os.environ.get("TOLLKEEPER_IMPORT_PEOPLE", "300"))
COURSES = 20
MOST_MEGABYTES = 200
LONGEST_SECONDS = 5.0


def large(folder: Path, people: int) -> Path:
    write(folder, "people.csv", "id|email|name", *[f"p{n}|p{n}@example.com|Person {n}" for n in range(people)])
    write(folder, "courses.csv", "id|title|price", *[f"c{n}|Course {n}|499.00" for n in range(COURSES)])
    heads = "id|person_id|course_id|amount|status|paid_at"
    rows = [f"y{n}|p{n % people}|c{(n // people + n) % COURSES}|499.00|paid|2024-02-02" for n in range(people * 5 // 2)]
    write(folder, "payments.csv", heads, *rows)
    return folder


def watch(dsn: str, ended: threading.Event, longest: list[float]) -> None:
    """The longest that any transaction of the import was seen to last."""
    query = (
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity"
        " WHERE application_name = 'tollkeeper pages' AND state <> 'idle' AND backend_xid IS NOT NULL"
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not ended.wait(0.02):
            longest.append(float(connection.execute(query).fetchone()[0]))


def bring(folder: Path) -> tuple[dict, float, float]:
    """The report, the seconds it took and the megabytes, in a process of its own."""
    words = [sys.executable, "-m", "tollkeeper.cli.main", "import", "csv", str(folder), "--apply", "--json"]
    began = time.monotonic()
    with (folder / "report").open("wb") as out:
        process = subprocess.Popen(words, stdout=out, env=os.environ | {"PYTHONWARNINGS": "ignore"})
        most = 0.0
        while process.poll() is None:
            most = max(most, weight(process.pid))
            time.sleep(0.02)
    report = json.loads((folder / "report").read_text())
    return report, time.monotonic() - began, most


def weight(pid: int) -> float:
    """The most megabytes that a process ever held; what it was forked from does not count."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


@pytest.mark.proof
def test_large_school_arrives_in_bounded_memory_and_short_transactions(tmp_path):
    ended, longest = threading.Event(), [0.0]
    thread = threading.Thread(target=watch, args=(os.environ["TOLLKEEPER_DATABASE_URL"], ended, longest))
    thread.start()

    report, seconds, megabytes = bring(large(tmp_path, PEOPLE))

    ended.set()
    thread.join()
    print(f"{PEOPLE} people: {seconds:.0f} s, {megabytes:.0f} MB, longest transaction {max(longest):.2f} s")  # noqa: T201
    assert report["counts"]["payments"] == {"new": PEOPLE * 5 // 2}
    assert megabytes < MOST_MEGABYTES
    assert max(longest) < LONGEST_SECONDS
