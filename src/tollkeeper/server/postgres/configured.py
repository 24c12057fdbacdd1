"""A PostgreSQL of somebody else's, named by its address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tollkeeper.core.errors import Misconfigured
from tollkeeper.server.postgres import roles
from tollkeeper.server.postgres.binaries import OLDEST_MAJOR
from tollkeeper.server.postgres.embedded import Role

_CONNECT_SECONDS = 10
_SEPARATES_SET = 160_000


class Unreachable(Misconfigured):
    """The configured database does not answer."""

    code = "database_unreachable"
    remedy = "See that the server runs and that DATABASE_URL names it, its user and its password."


class TooOld(Misconfigured):
    """The configured database is too old."""

    code = "database_too_old"
    remedy = f"Upgrade it to PostgreSQL {OLDEST_MAJOR} or newer, or unset DATABASE_URL to use the embedded one."


@dataclass
class Configured:
    """A database that is not ours to start or stop. Two addresses when the operator gave the owner one of its own."""

    app_url: str = field(repr=False)
    owner_url: str | None = field(default=None, repr=False)
    unprotected: Sequence[str] = ()
    """What is not protected there, a sentence each; known once started."""

    alive = True
    """Whether it answers is found out by those who ask it; there is no process of ours to watch."""

    def start(self) -> None:
        """Look at the server, make the roles that it lets us make, and note what stays unprotected.

        Raises:
            Unreachable: it does not answer or does not let us in.
            TooOld: it is older than PostgreSQL 15.
            Misconfigured: the address cannot be read.
        """
        with _connect(self.dsn("owner")) as owner, _connect(self.dsn("app")) as app:
            refuse_old(owner.info.server_version)
            self.unprotected = [*_prepare(owner, _role(app)), *_weaknesses(app)]

    def stop(self, *, hurry: Callable[[], bool] = bool) -> None:
        """Do nothing: it is not ours to stop."""

    def dsn(self, role: Role = "app", database: str | None = None) -> str:
        """A libpq connection string, password included.

        Args:
            database: another database of the same server than the address names.
        """
        url = self.app_url if role == "app" else self.owner_url or self.app_url
        try:
            parts = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # Without the driver's own words: they repeat the address, and with it the password.
            raise Misconfigured(
                "DATABASE_URL is no PostgreSQL address (postgresql://user:password@host/name)."
            ) from None
        if database is not None:
            parts["dbname"] = database
        return make_conninfo("", **parts)


def refuse_old(server_version: int) -> None:
    """Refuse a server that is too old.

    Args:
        server_version: as PostgreSQL counts it (150004 is 15.4).

    Raises:
        TooOld: names its version and the oldest that will do.
    """
    if server_version < OLDEST_MAJOR * 10_000:
        version = f"{server_version // 10_000}.{server_version % 10_000}"
        raise TooOld(f"The configured database is PostgreSQL {version}; Tollkeeper needs {OLDEST_MAJOR} or newer.")


def _connect(dsn: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(dsn, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        raise Unreachable(f"The configured database does not let us in: {said}.") from None


def _role(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT current_user").fetchone()
    return str(row[0]) if row else ""


def _prepare(owner: psycopg.Connection[Any], app: str) -> list[str]:
    """Make the roles that this one may make; a sentence for each that it may not."""
    me, said = _role(owner), []
    for role, attributes in roles.GROUPS.items():
        known = owner.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        try:
            if known is None:
                roles.make_role(owner, role, f"NOLOGIN {attributes}")
        except errors.InsufficientPrivilege:
            said.append(
                f"The role {me} may not create {role}, so what it separates is not separated. "
                f"As superuser: CREATE ROLE {role} NOLOGIN {attributes}".rstrip()
            )
    takers = {me, app}
    lacking = [taker for taker in sorted(takers) if not _may_take(owner, taker)]
    try:
        roles.grant_till(owner, lacking)
    except (errors.InsufficientPrivilege, errors.UndefinedObject):
        said.append(
            f"{' and '.join(lacking)} cannot take on {roles.TILL}, so the money tables are not walled off. "
            f"As superuser: GRANT {roles.TILL} TO {', '.join(lacking)}"
        )
    return said


def _may_take(connection: psycopg.Connection[Any], role: str) -> bool:
    query = """
        SELECT coalesce(bool_or(pg_has_role(member.oid, till.oid, %s)), false)
        FROM pg_roles member, pg_roles till WHERE member.rolname = %s AND till.rolname = %s
    """
    # From 16 on, whoever made a role is its member for administration only and may not take it on.
    membership = "SET" if connection.info.server_version >= _SEPARATES_SET else "MEMBER"
    row = connection.execute(query, (membership, role, roles.TILL)).fetchone()
    return bool(row and row[0])


def _weaknesses(app: psycopg.Connection[Any]) -> list[str]:
    query = """
        SELECT rolsuper, rolbypassrls, pg_get_userbyid(datdba) = current_user
        FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
    """
    superuser, bypasses, owns = app.execute(query).fetchone() or (False, False, False)
    name, said = _role(app), []
    if superuser:
        said.append(f"The application connects as the superuser {name}: no grant and no row-level security binds it.")
    elif bypasses:
        said.append(f"The application connects as {name}, which bypasses row-level security.")
    if owns and not superuser:
        said.append(f"The application connects as {name}, which owns the database: grants do not bind an owner.")
    return said
