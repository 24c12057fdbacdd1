"""The database's address, and a shell in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

from tollkeeper.cli.output import print_json, say
from tollkeeper.core import audit
from tollkeeper.core.errors import Refusal
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import PREFIX, settings
from tollkeeper.server.account import NotPermitted
from tollkeeper.server.postgres.binaries import available, choose
from tollkeeper.server.postgres.roles import OWNER

_VARIABLE = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE", "password": "PGPASSWORD"}


class NoOwner(Refusal):
    """The owner's address is not known here."""

    code = "no_owner"
    remedy = f"Set {PREFIX}OWNER_DATABASE_URL."


class NoPsql(Refusal):
    """The program psql was not found."""

    code = "no_psql"
    remedy = "Install PostgreSQL's client programs."


def url(*, owner: bool, shown_to: str | None, as_json: bool) -> None:
    """Print the address; with its password only after the audit log has taken who saw it.

    Raises:
        NoOwner: the owner's address was asked for and is not known.
    """
    parts = _parts(owner=owner)
    if shown_to is not None:
        _record("database.password_shown", parts, by=shown_to)
    address = _address(parts, password=parts.get("password", "") if shown_to else "***")
    if as_json:
        print_json({"url": address, "role": parts.get("user"), "password_shown": shown_to is not None})
    else:
        say(address)


def shell(words: list[str], *, owner: bool, by: str) -> None:
    """Become psql. The password goes by the environment: every account can read a process's words.

    Raises:
        NoOwner, NoPsql.
    """
    parts = _parts(owner=owner)
    if owner:
        _record("database.shell", parts, by=by)
    program = _psql()
    env = os.environ | {_VARIABLE[name]: str(value) for name, value in parts.items() if name in _VARIABLE}
    for name in [name for name in env if name.startswith(PREFIX)]:
        del env[name]
    os.execve(program, [str(program), *words], env)  # noqa: S606  psql, found above, with the operator's own words


def _parts(*, owner: bool) -> dict[str, str]:
    known = settings().database_url
    parts = {name: str(value) for name, value in conninfo_to_dict(known.get_secret_value() if known else "").items()}
    if not owner:
        return parts
    if named := os.environ.get(f"{PREFIX}OWNER_DATABASE_URL"):
        return {name: str(value) for name, value in conninfo_to_dict(named).items()}
    kept = settings().data_dir / "postgres" / "passwords" / OWNER
    try:
        return parts | {"user": OWNER, "password": kept.read_text().strip()}
    except PermissionError as error:
        raise NotPermitted(
            f"{kept} belongs to another account.", remedy="Run this as that account, or with sudo."
        ) from error
    except OSError as error:
        raise NoOwner from error


def _record(act: str, parts: dict[str, str], *, by: str) -> None:
    with raw_cursor() as cursor:
        audit.record(cursor, act=act, thing=parts.get("user", ""), by=by)


def _address(parts: dict[str, str], *, password: str) -> str:
    host, port = parts.get("host", ""), parts.get("port", "")
    user = quote(parts.get("user", ""), safe="")
    # The asterisks stay as they are: this one is to be read, not used.
    secret = password if password == "***" else quote(password, safe="")  # noqa: S105
    rest = {name: value for name, value in parts.items() if name not in _VARIABLE}
    if host.startswith("/"):
        place, rest = "", {"host": host, "port": port} | rest
    else:
        place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    query = urlencode({name: value for name, value in rest.items() if value}, safe="/")
    credentials = f"{user}:{secret}@" if "password" in parts else f"{user}@" if user else ""
    return f"postgresql://{credentials}{place}/{quote(parts.get('dbname', ''), safe='')}{f'?{query}' if query else ''}"


def _psql() -> Path:
    """psql of the programs that run our own database, else the machine's."""
    found = available()
    cluster = settings().data_dir / "postgres" / "cluster"
    ours = [choose(cluster, found)] if os.access(cluster / "PG_VERSION", os.R_OK) else found
    for binaries in ours:
        if binaries.program("psql").exists():
            return binaries.program("psql")
    anywhere = shutil.which("psql")
    if anywhere is None:
        raise NoPsql
    return Path(anywhere)
