"""Whom we measure: Tollkeeper, and peers that do the same writes in the same tables."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.books import Books
from bench.shop import Served, free_port, serving, tollkeeper

PEERS = Path(__file__).with_name("peers")
BUILT = Path(__file__).parents[1] / "build" / "bench"
"""Where peers are made ready once; no part of the repository."""
GUNICORN = "gunicorn==23.0.0"
WORKERS, THREADS = 2, 8

Start = Callable[[Path, Books, str], AbstractContextManager[Served]]


@dataclass(frozen=True)
class Subject:
    """Somebody to measure.

    Args:
        name: short, for `--only` and the JSON.
        label: for the table.
        start: given the run's folder, the books and the subject's database, serves it.
    """

    name: str
    label: str
    start: Start


class NotHere(Exception):
    """A peer cannot be measured on this machine; the text says why."""


def _ours(folder: Path, books: Books, name: str) -> AbstractContextManager[Served]:
    return tollkeeper(folder, books.app(name))


def _ours_whole(folder: Path, books: Books, name: str) -> AbstractContextManager[Served]:
    return tollkeeper(folder, books.app(name), others=True)


@contextmanager
def _express(folder: Path, books: Books, name: str, way: str) -> Iterator[Served]:
    built = _install_express(folder)
    port = free_port()
    env = _libpq(books.owner(name)) | {"PORT": str(port), "NODE_ENV": "production"}
    with serving(folder, [["node", str(built / "server.js"), way]], env, port) as served:
        yield served


def _express_single(folder: Path, books: Books, name: str) -> AbstractContextManager[Served]:
    return _express(folder, books, name, "single")


def _express_batched(folder: Path, books: Books, name: str) -> AbstractContextManager[Served]:
    return _express(folder, books, name, "batched")


@contextmanager
def _django(folder: Path, books: Books, name: str) -> Iterator[Served]:
    packages = _install_gunicorn(folder)
    port = free_port()
    env = _libpq(books.owner(name)) | {"PYTHONPATH": f"{PEERS}:{packages}", "DJANGO_SETTINGS_MODULE": ""}
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "60", "--backlog", "1024"]
    with serving(folder, [[*command, "django_orm.wsgi:application"]], env, port) as served:
        yield served


SUBJECTS = (
    Subject("tollkeeper", "Tollkeeper", _ours),
    Subject("tollkeeper-whole", "Tollkeeper with worker and monitor", _ours_whole),
    Subject("express-batched", "Express, group commit", _express_batched),
    Subject("express", "Express + pg", _express_single),
    Subject("django", "Django ORM", _django),
)


def _libpq(dsn: str) -> dict[str, str]:
    """The address as the variables that every PostgreSQL client reads."""
    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    parts = conninfo_to_dict(dsn)
    return {variable: str(parts[name]) for name, variable in names.items()}


def _install_express(folder: Path) -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotHere("node and npm are not installed")
    built = BUILT / "express"
    wanted = (PEERS / "express" / "package.json").read_text()
    installed = built / "installed.json"
    built.mkdir(parents=True, exist_ok=True)
    for file in (PEERS / "express").iterdir():
        if file.is_file():
            shutil.copy(file, built)
    if not installed.exists() or installed.read_text() != wanted:
        _made_ready(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"], built, folder)
        installed.write_text(wanted)
    return built


def _install_gunicorn(folder: Path) -> Path:
    packages = BUILT / GUNICORN
    if not (packages / "gunicorn").exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _made_ready([*pip, "--target", str(packages), GUNICORN], folder, folder)
    return packages


def _made_ready(command: list[str], cwd: Path, folder: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        (folder / "subjects.log").open("a").write(done.stdout + done.stderr)
        raise NotHere(f"{command[0]} could not install it: {done.stderr.strip()[-300:]}")
