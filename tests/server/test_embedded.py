from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from server.make import ask
from tollkeeper.core.errors import Fault
from tollkeeper.server.account import Account, server_account
from tollkeeper.server.postgres import Embedded
from tollkeeper.server.postgres.place import FolderUnusable, Place, remove_socket_folder


def test_cold_start_makes_a_guarded_database(house):
    with Embedded(house / "postgres") as database:
        settings = {
            name: ask(database.dsn(), f"SHOW {name}") for name in ("fsync", "data_checksums", "listen_addresses")
        }
        locale = ask(database.dsn(), "SELECT datlocale FROM pg_database WHERE datname = current_database()")
        private = [stat.S_IMODE(path.stat().st_mode) for path in (database.place.cluster, house / "postgres/socket")]
    assert settings == {"fsync": "on", "data_checksums": "on", "listen_addresses": ""}
    assert locale == "C.UTF-8"
    assert private == [0o700, 0o700]


def test_server_never_runs_as_root(database):
    lines = Path(f"/proc/{database.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    assert set(status["Uid"].split()) == {str(database.account.uid)} != {"0"}
    if os.geteuid() == 0:
        assert set(status["Gid"].split()) == {str(database.account.gid)} != {"0"}
        assert status["Groups"].split() == []


def test_passwords_are_private_and_needed(database):
    files = list((database.place.folder / "passwords").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len({file.read_text() for file in files}) == 3
    for wrong in ("", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(database.dsn(), password=wrong)


def test_roles_hold_what_their_names_say(database):
    query = """SELECT string_agg(format('%s %s%s%s%s', rolname, rolcanlogin, rolsuper, rolinherit, rolbypassrls), ' | '
               ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'tollkeeper%'"""
    assert ask(database.dsn(), query).split(" | ") == [
        "tollkeeper_app tfff",
        "tollkeeper_backup fftt",
        "tollkeeper_owner tftf",
        "tollkeeper_report fftf",
        "tollkeeper_till fftf",
    ]


def test_app_writes_money_only_as_till(database):
    database.create_database("walls")
    with psycopg.connect(database.dsn("owner", "walls"), autocommit=True) as owner:
        owner.execute("CREATE TABLE payment (amount_minor bigint)")
        owner.execute("GRANT INSERT ON payment TO tollkeeper_till")
    with psycopg.connect(database.dsn("app", "walls")) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute("INSERT INTO payment VALUES (1)")
        app.execute("SET LOCAL ROLE tollkeeper_till")
        app.execute("INSERT INTO payment VALUES (1)")
    database.drop_database("walls")


def test_databases_are_copied_and_dropped_with_their_sessions(database):
    database.create_database("mould")
    ask(database.dsn("owner", "mould"), "CREATE TABLE shape ()")
    database.create_database("cast", template="mould")
    left_open = psycopg.connect(database.dsn("owner", "cast"))
    left_open.execute("SELECT FROM shape")
    database.drop_database("cast")
    database.drop_database("cast")
    left_open.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(database.dsn("owner", "cast"))


def test_owner_is_asked_for_its_own_extension(database):
    database.create_database("slots")
    ask(database.dsn("owner", "slots"), "CREATE EXTENSION btree_gist")
    assert ask(database.dsn("owner", "slots"), "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1


def test_secrets_stay_out_of_arguments_and_environment(database):
    secrets = [file.read_text() for file in (database.place.folder / "passwords").iterdir()]
    process = Path(f"/proc/{database.pid}")
    seen = (process / "cmdline").read_text() + (process / "environ").read_text() + repr(database)
    assert not [secret for secret in secrets if secret in seen]


def test_short_socket_folder_of_somebody_else_stays(house):
    folder, place, number = house / "tollkeeper-0", Place(house / "postgres"), os.geteuid()
    folder.mkdir()
    remove_socket_folder(folder, place, Account("somebody", number + 1, number))
    assert folder.exists()
    remove_socket_folder(folder, place, Account("us", number, number))
    assert not folder.exists()


def test_folder_of_somebody_else_is_refused(foreign_folder):
    folder, owner = foreign_folder
    with pytest.raises(FolderUnusable, match=f"belongs to {owner}") as refusal:
        Embedded(folder).start()
    assert "chown" in refusal.value.mend


def test_folder_with_other_files_is_refused_and_left_alone(house):
    (house / "postgres/cluster").mkdir(parents=True)
    (house / "postgres/cluster/photo.jpg").touch()
    if os.geteuid() == 0:
        for path in (house / "postgres", house / "postgres/cluster"):
            os.chown(path, server_account().uid, -1)
    with pytest.raises(FolderUnusable, match="holds no database"):
        Embedded(house / "postgres").start()
    assert (house / "postgres/cluster/photo.jpg").exists()


def test_start_outside_the_main_thread_is_refused(house):
    with ThreadPoolExecutor(1) as pool, pytest.raises(Fault, match="main thread"):
        pool.submit(Embedded(house / "postgres").start).result()
