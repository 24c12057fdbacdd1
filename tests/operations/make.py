"""An earlier system's rows: as CSV files, and as the tables of a Supabase."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
from pathlib import Path

import bcrypt
import psycopg

from operations.supabase import NAMES
from tollkeeper.operations.moving_in.report import Report
from tollkeeper.operations.moving_in.services import Request, move_in, try_out
from tollkeeper.server.postgres.binaries import available

PASSWORD = "a long road to town"


def bcrypt_hash(password: str = PASSWORD, *, kind: bytes = b"2a") -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, b"2a")).decode().replace("$2a$", f"${kind.decode()}$", 1)


def write(folder: Path, name: str, heads: str, *rows: str) -> Path:
    """A CSV file whose cells are written with `|` between them."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([line.split("|") for line in (heads, *rows)])
    return folder


def school(folder: Path, *, people: int = 3) -> Path:
    """A small school: everybody paid for the first course; one has a second for free; one link is open."""
    write(
        folder, "people.csv", "id|email|name|language", *[f"p{n}|P{n}@Example.com|Person {n}|pl" for n in range(people)]
    )
    write(
        folder,
        "courses.csv",
        "id|title|slug|price|description",
        "c1|Bookkeeping|books|499.00|Text",
        "c2|Tax|tax|99.50|Text",
    )
    write(folder, "lessons.csv", "id|course_id|title|body", "l1|c1|One|Body", "l2|c1|Two|Body")
    heads = "id|person_id|course_id|amount|status|method|link_id|created_at"
    rows = [f"y{n}|p{n}|c1|499.00|paid|card||2024-02-02" for n in range(people)]
    write(folder, "payments.csv", heads, *rows, "open|p1|c2|99.50|pending|ikhokha|link-1|2024-03-01")
    write(folder, "enrolments.csv", "id|person_id|course_id|status", "e1|p0|c1|active", "e2|p0|c2|active")
    return folder


def request(path: Path, *, form: str = "csv", **more) -> Request:
    return Request(form=form, path=str(path), **more)


def look(path: Path, **more) -> Report:
    return try_out(request(path, **more))


def bring(path: Path, **more) -> Report:
    return move_in(request(path, **more), by="test")


def pg(program: str) -> str:
    """A program of the newest PostgreSQL here."""
    return str(max(available(), key=lambda found: found.major).program(program))


def dumped(path: Path, *options: str) -> Path:
    """A dump of the Supabase-like tables, as `pg_dump` makes it."""
    tables = [f"--table={name}" for name in NAMES]
    owner = os.environ["TOLLKEEPER_TEST_OWNER_URL"]
    subprocess.run([pg("pg_dump"), *options, *tables, f"--file={path}", owner], check=True)
    return path


def checksums(owner: psycopg.Connection) -> dict[str, str]:
    """Every table of ours, as one digest each."""
    rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    found = {}
    for (name,) in rows:
        text = owner.execute(f"SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') FROM \"{name}\" AS t")
        found[name] = hashlib.sha256(text.fetchone()[0].encode()).hexdigest()
    return found
