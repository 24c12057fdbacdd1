"""A data folder: made whole or not at all, with passwords from the first moment.

Everything here is done as the account that owns the folder.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tollkeeper.core.errors import Fault
from tollkeeper.server.account import Account, Command, as_account, launch
from tollkeeper.server.postgres.binaries import Binaries
from tollkeeper.server.postgres.place import FolderUnusable, Place

SUPERUSER = "postgres"
ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that PostgreSQL's programs see of ours: no language that is not installed, and none of our secrets."""

_FIRST_BUILTIN_LOCALE = 17
_UNFINISHED = "initialising-"
_HBA = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"
_SETTINGS = """
# Tollkeeper's own; the rest is as PostgreSQL ships it.
max_connections = 100
shared_preload_libraries = ''
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
"""


class InitialisationFailed(Fault):
    """PostgreSQL could not make its data folder."""

    code = "initdb_failed"
    remedy = "See that the disk has room, then start again."


def password(place: Place, account: Account, role: str) -> str:
    """The role's password: random, made once, kept in a file of mode 0600 in the data folder."""
    return as_account(account, lambda: _kept_password(_password_file(place, role)))


def prepare_cluster(place: Place, account: Account, binaries: Binaries) -> None:
    """See to it that the folder holds a whole cluster, with our access rules and a known superuser password.

    Raises:
        FolderUnusable: the folder holds something that is no cluster.
        InitialisationFailed: with what `initdb` said.
    """
    as_account(account, lambda: _sweep(place))
    if not (place.cluster / "PG_VERSION").exists():
        if place.cluster.exists():
            raise FolderUnusable(f"{place.cluster} is there but holds no database: its file PG_VERSION is missing.")
        password(place, account, SUPERUSER)
        unfinished = place.folder / f"{_UNFINISHED}{secrets.token_hex(4)}"
        _initialise(binaries, unfinished, place, account)
        as_account(account, lambda: _finish(unfinished, place.cluster))
    elif not _password_file(place, SUPERUSER).exists():
        _set_superuser_password(binaries, place, account, password(place, account, SUPERUSER))
    as_account(account, lambda: _write_rules(place))


def _password_file(place: Place, role: str) -> Path:
    return place.folder / "passwords" / role


def _kept_password(path: Path) -> str:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    return path.read_text()


def _sweep(place: Place) -> str:
    for unfinished in place.folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    place.log.mkdir(mode=0o700, exist_ok=True)
    return ""


def _initialise(binaries: Binaries, unfinished: Path, place: Place, account: Account) -> None:
    if not account.named:
        raise FolderUnusable(
            f"PostgreSQL cannot make a data folder as user {account.uid}: the machine knows no such user.",
            remedy="Add the user to /etc/passwd, start as one that exists, or set DATABASE_URL.",
        )
    said = ""
    for locale in _locales(binaries.major):
        argv: list[str | Path] = [
            binaries.program("initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={_password_file(place, SUPERUSER)}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            *locale,
        ]
        command = Command(argv, account, ENVIRONMENT, dies_with_us=signal.SIGKILL, cwd=place.folder)
        process = launch(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate()[0].decode(errors="replace").strip()
        if process.returncode == 0:
            return
    raise InitialisationFailed(f"PostgreSQL {binaries.version} could not make {place.cluster}: {said[-500:]}")


def _locales(major: int) -> list[list[str]]:
    if major >= _FIRST_BUILTIN_LOCALE:
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    return [["--locale=C.UTF-8", "--lc-messages=C"], ["--locale=C"]]


def _finish(unfinished: Path, cluster: Path) -> str:
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write(_SETTINGS)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(cluster)
    folder = os.open(cluster.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return ""


def _write_rules(place: Place) -> str:
    path = place.folder / "pg_hba.conf"
    unfinished = path.with_suffix(".new")
    unfinished.write_text(_HBA)
    unfinished.rename(path)
    return ""


def _set_superuser_password(binaries: Binaries, place: Place, account: Account, secret: str) -> None:
    # A folder whose password file is gone is still its owner's: single-user mode asks nobody.
    argv: list[str | Path] = [binaries.program("postgres"), "--single", "-D", place.cluster, "template1"]
    command = Command(argv, account, ENVIRONMENT, cwd=place.folder)
    process = launch(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.communicate(f"ALTER ROLE {SUPERUSER} PASSWORD '{secret}'\n".encode())[0].decode(errors="replace")
    if process.returncode or "ERROR:" in said:
        as_account(account, lambda: _forget(_password_file(place, SUPERUSER)))
        raise FolderUnusable(
            f"The database in {place.cluster} has no superuser {SUPERUSER} whose password could be set.",
            remedy="Load a dump of it into a folder that Tollkeeper made.",
        )


def _forget(path: Path) -> str:
    path.unlink(missing_ok=True)
    return ""
