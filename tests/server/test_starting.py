"""Starts of the embedded database: cold, warm, after a kill, beside others. Each makes a cluster, which takes long."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from server.make import DEBIAN, HOLD_A_DATABASE, ask, gone, talking, until
from tollkeeper.server.account import as_account, server_account
from tollkeeper.server.postgres import Embedded, embedded
from tollkeeper.server.postgres.binaries import Binaries, NoBinaries, available
from tollkeeper.server.postgres.cluster import ENVIRONMENT, InitialisationFailed
from tollkeeper.server.postgres.place import FolderInUse
from tollkeeper.server.postgres.postmaster import ServerFailed

pytestmark = pytest.mark.proof


def test_warm_start_finds_what_was_written(house):
    with Embedded(house / "postgres") as database:
        ask(database.dsn("owner"), "CREATE TABLE kept AS SELECT 42 AS answer")
        secret = conninfo_to_dict(database.dsn())["password"]
    with Embedded(house / "postgres") as database:
        assert ask(database.dsn("owner"), "SELECT answer FROM kept") == 42
        assert conninfo_to_dict(database.dsn())["password"] == secret


def test_second_supervisor_is_refused_by_name(house):
    with Embedded(house / "postgres"), pytest.raises(FolderInUse, match=f"process {os.getpid()}"):
        Embedded(house / "postgres").start()


def test_killed_supervisor_leaves_no_orphan(house):
    with talking(HOLD_A_DATABASE, str(house / "postgres")) as holder:
        postmaster = int(holder.hear(""))
        os.kill(holder.process.pid, signal.SIGKILL)
        until(lambda: gone(postmaster))
    with Embedded(house / "postgres") as database:
        assert ask(database.dsn(), "SELECT 1") == 1
        log = "".join(file.read_text() for file in database.place.log.iterdir())
    assert "fast shutdown request" in log


def test_start_right_after_a_kill_waits_for_the_old_server(house):
    with talking(HOLD_A_DATABASE, str(house / "postgres")) as holder:
        holder.hear("")
        os.kill(holder.process.pid, signal.SIGKILL)
        holder.process.wait()
        with Embedded(house / "postgres") as database:
            assert ask(database.dsn(), "SELECT 1") == 1


def test_killed_postmaster_comes_back_with_what_it_acknowledged(house):
    with Embedded(house / "postgres") as database:
        ask(database.dsn("owner"), "CREATE TABLE kept AS SELECT 42 AS answer")
        busy = psycopg.connect(database.dsn())
        before = database.pid or 0
        os.kill(before, signal.SIGKILL)
        until(lambda: not database.alive)
        database.start()
        assert ask(database.dsn("owner"), "SELECT answer FROM kept") == 42
        assert database.pid != before
        busy.close()


def test_server_that_is_killed_while_it_is_started_can_be_started_again(house, monkeypatch):
    make_roles = embedded.roles.make_roles

    def killed_before(connection, passwords):
        os.kill(database.pid, signal.SIGKILL)
        until(lambda: not database.alive)
        make_roles(connection, passwords)

    database = Embedded(house / "postgres")
    with monkeypatch.context() as patched:
        patched.setattr(embedded.roles, "make_roles", killed_before)
        with pytest.raises(ServerFailed, match="lost again"):
            database.start()
    database.start()

    assert ask(database.dsn(), "SELECT 1") == 1
    database.stop()


def test_stale_pid_of_a_living_process_does_not_stop_the_start(house):
    with Embedded(house / "postgres") as database:
        pid_file = database.place.cluster / "postmaster.pid"
        text = pid_file.read_text()
        os.kill(int(text.split()[0]), signal.SIGKILL)
        until(lambda: not database.alive)
    account = server_account()
    bystander = subprocess.Popen(["sleep", "60"], user=account.uid if account.needs_drop else None)
    stale = text.replace(text.split("\n")[0], str(bystander.pid), 1)
    as_account(account, lambda: str(pid_file.write_text(stale)))
    with Embedded(house / "postgres") as database:
        assert ask(database.dsn(), "SELECT 1") == 1
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_foreign_postmaster_is_refused_by_name(house):
    with Embedded(house / "postgres") as database:
        account, binaries, place = database.account, database.binaries, database.place
    argv: list[str | Path] = [
        binaries.program("postgres"),
        "-D",
        place.cluster,
        "-c",
        "listen_addresses=",
        "-k",
        place.folder / "socket",
    ]
    user = account.uid if account.needs_drop else None
    foreign = subprocess.Popen(argv, user=user, group=user and account.gid, env=dict(ENVIRONMENT), stderr=-3, cwd="/")
    until((place.cluster / "postmaster.pid").exists)
    with pytest.raises(FolderInUse, match=f"process {foreign.pid}"):
        Embedded(house / "postgres").start()
    foreign.send_signal(signal.SIGINT)
    assert foreign.wait(10) == 0


def test_interrupted_initdb_is_begun_again(house):
    first = Embedded(house / "postgres", binaries=[_slow(available()[0], house)])
    with pytest.raises(InitialisationFailed):
        first.start()
    left = list((house / "postgres").glob("initialising-*"))
    with Embedded(house / "postgres") as database:
        assert ask(database.dsn(), "SELECT 1") == 1
    assert left
    assert not list((house / "postgres").glob("initialising-*"))


def _slow(binaries, house):
    """Programs whose initdb dies half way, with files on the disk."""
    folder = house / "bin"
    folder.mkdir()
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f'#!/bin/sh\nexec {binaries.program(name)} "$@"\n')
        (folder / name).chmod(0o755)
    (folder / "initdb").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\n'
        "for argument; do case $argument in --pgdata=*) made=${argument#--pgdata=};; esac; done\n"
        'mkdir "$made" && echo 18 > "$made/PG_VERSION" && kill -9 $$\n'
    )
    return Binaries(18, folder, binaries.version)


def test_folder_of_another_major_keeps_its_programs(house):
    debian = [found for found in available() if found.folder == DEBIAN]
    assert debian, "this test needs Debian's postgresql-15"
    with Embedded(house / "postgres", binaries=debian) as made:
        ask(made.dsn("owner"), "CREATE TABLE kept AS SELECT 42 AS answer")
    with Embedded(house / "postgres") as database:
        assert ask(database.dsn(), "SHOW server_version").startswith("15.")
        assert ask(database.dsn("owner"), "SELECT answer FROM kept") == 42
    without = [found for found in available() if found.major != 15]
    with pytest.raises(NoBinaries, match=r"made by PostgreSQL 15.*Looked in"):
        Embedded(house / "postgres", binaries=without).start()


def test_folder_made_by_hand_is_taken_over(house):
    folder, account = house / "postgres", server_account()
    folder.mkdir()
    if account.needs_drop:
        os.chown(folder, account.uid, account.gid)
    argv = [DEBIAN / "initdb", "-D", folder / "cluster", "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8"]
    user = account.uid if account.needs_drop else None
    subprocess.run(argv, user=user, group=user and account.gid, check=True, capture_output=True, cwd="/")
    with Embedded(folder) as database:
        assert ask(database.dsn(), "SHOW server_version").startswith("15.")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(database.dsn(), user="postgres", password="guess")


def test_language_of_the_caller_does_not_matter(house):
    language = {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}
    with talking(HOLD_A_DATABASE, str(house / "postgres"), **language) as holder:
        postmaster = int(holder.hear(""))
        holder.process.terminate()
        until(lambda: gone(postmaster))


def test_long_path_gets_a_short_private_socket(house):
    with Embedded(house / ("long" * 30) / "postgres") as database:
        socket = str(conninfo_to_dict(database.dsn())["host"])
        assert ask(database.dsn(), "SELECT 1") == 1
        assert not socket.startswith(str(house))
        held = Path(socket).stat()
    assert (stat.S_IMODE(held.st_mode), held.st_uid) == (0o700, server_account().uid)


def test_short_socket_folder_goes_with_the_server(house):
    data = house / ("long" * 30) / "postgres"
    with Embedded(data) as database:
        socket = Path(conninfo_to_dict(database.dsn())["host"])
        assert socket.is_dir()
    assert not socket.exists()
    with Embedded(data) as database:
        assert ask(database.dsn(), "SELECT 1") == 1


def test_short_socket_folder_with_something_in_it_stays(house):
    with Embedded(house / ("long" * 30) / "postgres") as database:
        socket = Path(conninfo_to_dict(database.dsn())["host"])
        (socket / "photo.jpg").touch()
    assert (socket / "photo.jpg").exists()
    shutil.rmtree(socket)


def test_socket_folder_beside_the_data_stays(house):
    with Embedded(house / "postgres"):
        pass
    assert (house / "postgres/socket").is_dir()


def test_data_outside_a_closed_folder_is_found_again(house, shelf):
    (house / "home").mkdir(mode=0o700)
    wanted = house / "home/data/postgres"
    with Embedded(wanted, shelves=[shelf]) as database:
        place = database.place
        ask(database.dsn("owner"), "CREATE TABLE kept AS SELECT 42 AS answer")
    with Embedded(wanted, shelves=[shelf]) as database:
        assert ask(database.dsn("owner"), "SELECT answer FROM kept") == 42
    assert stat.S_IMODE((house / "home").stat().st_mode) == 0o700
    expected = shelf if os.geteuid() == 0 else house / "home/data"
    assert place.folder.parent == expected
