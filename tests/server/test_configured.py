from __future__ import annotations

import socket

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from server.make import ask
from tollkeeper.core.errors import Misconfigured
from tollkeeper.server.postgres import Configured
from tollkeeper.server.postgres.configured import TooOld, Unreachable, refuse_old


@pytest.fixture
def guest(database):
    """A server's superuser, a role that may create roles, and one that may not; addresses for both."""
    boss = make_conninfo(
        database.dsn(),
        user="postgres",
        dbname="postgres",
        password=(database.place.folder / "passwords/postgres").read_text(),
    )
    with psycopg.connect(boss, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest_maker LOGIN CREATEROLE PASSWORD 'maker-secret'")
        connection.execute("CREATE ROLE guest_plain LOGIN PASSWORD 'plain-secret'")
        connection.execute("CREATE DATABASE guest OWNER guest_plain")
        yield {
            name: make_conninfo(database.dsn(), dbname="guest", user=f"guest_{name}", password=f"{name}-secret")
            for name in ("maker", "plain")
        } | {"boss": boss}
        connection.execute("DROP DATABASE guest")
        connection.execute("DROP ROLE guest_maker, guest_plain")


def test_one_address_serves_as_owner_and_app(guest):
    configured = Configured(guest["plain"])
    configured.start()
    assert configured.dsn("owner") == configured.dsn("app")
    assert ask(configured.dsn(), "SELECT current_user") == "guest_plain"
    assert ask(configured.dsn("app", "postgres"), "SELECT current_database()") == "postgres"


def test_what_is_not_protected_is_said(guest):
    configured = Configured(guest["plain"])
    configured.start()
    assert any("cannot take on tollkeeper_till" in sentence for sentence in configured.unprotected)
    assert any("owns the database" in sentence for sentence in configured.unprotected)


def test_superuser_is_said_to_pass_every_wall(guest):
    configured = Configured(guest["boss"])
    configured.start()
    assert any("superuser postgres" in sentence for sentence in configured.unprotected)


@pytest.mark.proof
def test_missing_roles_are_made_when_allowed(fresh_server):
    configured = Configured(fresh_server)
    configured.start()
    assert ask(fresh_server, "SELECT count(*) FROM pg_roles WHERE rolname = 'tollkeeper_till'") == 1
    assert ask(f"{fresh_server} options='-c role=tollkeeper_till'", "SELECT current_user") == "tollkeeper_till"
    assert any("BYPASSRLS" in sentence for sentence in configured.unprotected)
    again = Configured(fresh_server)
    again.start()
    assert again.unprotected == configured.unprotected


@pytest.mark.parametrize("version", [90624, 140012])
def test_too_old_server_is_refused(version):
    refuse_old(150000)
    with pytest.raises(TooOld, match="needs 15 or newer"):
        refuse_old(version)


def test_silent_server_is_refused_without_the_password():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://user:very-secret@127.0.0.1:{closed.getsockname()[1]}/shop"
        with pytest.raises(Unreachable, match="does not let us in") as refusal:
            Configured(url).start()
    assert "very-secret" not in str(refusal.value) + repr(Configured(url))


@pytest.mark.parametrize("url", ["very-secret", "postgresql://[very-secret", "mysql://very-secret@host/db"])
def test_unreadable_address_is_refused_without_repeating_it(url):
    with pytest.raises(Misconfigured, match="no PostgreSQL address") as refusal:
        Configured(url).start()
    assert "very-secret" not in str(refusal.value)
