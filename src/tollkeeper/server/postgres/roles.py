"""Who may do what in the database.

`tollkeeper_owner` owns the tables and migrates them. `tollkeeper_app` serves; it writes money only while it has taken
on `tollkeeper_till`, which `settle` does for its own statements. `tollkeeper_report` reads under row-level security,
`tollkeeper_backup` past it. What each may touch is granted by the migrations that make the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from tollkeeper.core.errors import Fault

OWNER = "tollkeeper_owner"
APP = "tollkeeper_app"
TILL = "tollkeeper_till"
REPORT = "tollkeeper_report"
BACKUP = "tollkeeper_backup"
DATABASE = "tollkeeper"

# The owner inherits: PostgreSQL 15 gives the schema `public` to members of `pg_database_owner` by inheritance alone.
LOGINS = {OWNER: "INHERIT", APP: "NOINHERIT"}
GROUPS = {TILL: "", REPORT: "", BACKUP: "BYPASSRLS"}

_ONE_AT_A_TIME = 0x746F6C6C
"""Key of the advisory lock under which roles are made: two instances may start at once."""

Connection = psycopg.Connection[Any]


def make_roles(connection: Connection, passwords: dict[str, str]) -> None:
    """Make the house's roles as superuser, or bring those that exist into shape. Doing it twice changes nothing.

    Args:
        connection: a superuser's.
        passwords: one for each of `LOGINS`; only its SCRAM verifier travels.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        for role, attributes in LOGINS.items():
            make_role(connection, role, f"LOGIN {attributes}")
            _set_password(connection, role, passwords[role])
        for role, attributes in GROUPS.items():
            make_role(connection, role, f"NOLOGIN {attributes}")
        for role in LOGINS:
            _run(connection, "GRANT {} TO {}", TILL, role)
        _run(connection, "GRANT pg_read_all_data TO {}", BACKUP)


def make_role(connection: Connection, role: str, attributes: str) -> None:
    """Make the role if it is missing, and give it exactly these attributes.

    Raises:
        psycopg.errors.InsufficientPrivilege: the connection's role may not.
    """
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = "CREATE" if known is None else "ALTER"
    _run(connection, f"{verb} ROLE {{}} {attributes}", role)


def make_database(connection: Connection, name: str, template: str | None = None) -> None:
    """Make a database that the owner owns and only the house's roles may enter; one that exists is left as it is.

    Args:
        connection: a superuser's, outside a transaction.
        template: the database to copy; PostgreSQL's `template1` when left out.
    """
    known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if known is None:
        _run(connection, "CREATE DATABASE {} OWNER {} TEMPLATE {}", name, OWNER, template or "template1")
    _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", name, APP)
    _run(connection, "GRANT CONNECT ON DATABASE {} TO {}, {}", name, REPORT, BACKUP)


def remove_database(connection: Connection, name: str) -> None:
    """Drop a database and end its sessions; one that does not exist is no error."""
    _run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def grant_till(connection: Connection, roles: Iterable[str]) -> None:
    """Let the roles take on `tollkeeper_till`.

    Raises:
        psycopg.errors.InsufficientPrivilege: the connection's role may not.
    """
    for role in roles:
        _run(connection, "GRANT {} TO {}", TILL, role)


def _set_password(connection: Connection, role: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _run(connection: Connection, statement: str, *names: str) -> None:
    if any("\0" in name for name in names):
        raise Fault("A name in the database cannot hold a zero byte.")
    template = sql.SQL(statement)
    connection.execute(template.format(*map(sql.Identifier, names)))
