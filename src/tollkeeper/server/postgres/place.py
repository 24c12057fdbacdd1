"""Where an embedded database lives: its folder, its socket, its lock.

The folder belongs to the server's account, mode 0700. Root keeps it where it was asked for when that account can
get there; else it puts the folder outside root's home and leaves a link behind, so that the data is found again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tollkeeper.core.errors import Refusal
from tollkeeper.server.account import Account, may

SHELVES = (Path("/var/lib/tollkeeper"), Path("/var/tmp/tollkeeper"))  # noqa: S108 - checked to be ours before use
"""Where root puts what the server's account must reach, when it cannot stay in place: the first that can be made."""

SOCKET_LIMIT = 107
"""Longest path of a Unix socket in bytes (unix(7): 108 with its closing zero)."""

_SOCKET_NAME = ".s.PGSQL.5432"


class FolderUnusable(Refusal):
    """The data folder cannot be used."""

    code = "data_folder_unusable"
    remedy = "Choose another folder with TOLLKEEPER_DATA_DIR, or mend what the sentence names."


class FolderInUse(Refusal):
    """Another process is using the data folder."""

    code = "data_folder_in_use"
    remedy = "Stop that process first, or give this one its own folder with TOLLKEEPER_DATA_DIR."


@dataclass(frozen=True)
class Place:
    """An embedded database's folder and what is in it."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        """The server's log files, one for each day of the week."""
        return self.folder / "log"

    @property
    def lock(self) -> Path:
        """The file that a running supervisor holds locked; it names the holder."""
        return self.folder.with_name(f"{self.folder.name}.lock")


def find_place(wanted: Path, account: Account, shelves: Sequence[Path] = SHELVES) -> Place:
    """Make or find the folder for a database and see to it that the account owns it.

    Args:
        wanted: where the folder shall be.
        shelves: where it goes instead when the account cannot reach it there (root only).

    Raises:
        FolderUnusable: it belongs to somebody else, or cannot be made.
    """
    wanted = wanted.absolute()
    try:
        return _find_place(wanted, account, shelves)
    except OSError as error:
        raise FolderUnusable(f"The data folder {wanted} cannot be used by {account.name}: {error}.") from error


def socket_folder(place: Place, account: Account) -> Path:
    """A folder for the socket, mode 0700, whose path is short enough; beside the data when that is.

    Raises:
        FolderUnusable: a folder of that name exists and is somebody else's.
    """
    beside = place.folder / "socket"
    # libpq reads a comma as a list of hosts, and nothing escapes it.
    if len(os.fsencode(beside / _SOCKET_NAME)) <= SOCKET_LIMIT and "," not in str(beside):
        return _own(beside, account)
    name = f"tollkeeper-{_fingerprint(place.folder)}"
    bases = [os.environ.get("XDG_RUNTIME_DIR", "") if not account.needs_drop else "", tempfile.gettempdir(), "/tmp"]  # noqa: S108
    for base in filter(None, bases):
        folder = Path(base, name)
        fits = len(os.fsencode(folder / _SOCKET_NAME)) <= SOCKET_LIMIT and "," not in base
        if fits and may(account, os.X_OK, folder.parent):
            return _own(folder, account)
    raise FolderUnusable(f"No folder with a path short enough for a socket: tried {', '.join(filter(None, bases))}.")


def remove_socket_folder(folder: Path, place: Place, account: Account) -> None:
    """Leave nothing in the machine's temporary folder: what `socket_folder` made there goes, if it is empty and ours.

    Only for who holds the place: to the next holder's server the folder would be missing.
    """
    if folder.parent == place.folder:
        return
    with suppress(OSError):
        if folder.lstat().st_uid == account.uid:
            folder.rmdir()


def usable_shelf(account: Account, shelves: Sequence[Path]) -> Path:
    """The first of the shelves that is root's own, or can be made, and that the account can enter.

    Raises:
        FolderUnusable: none of them.
    """
    for shelf in shelves:
        try:
            _make_parents(shelf)
        except OSError:
            continue
        held = shelf.lstat()
        if (
            held.st_uid == 0
            and stat.S_ISDIR(held.st_mode)
            and may(account, os.X_OK, shelf)
            and os.access(shelf, os.W_OK)
        ):
            return shelf
    tried = ", ".join(map(str, shelves))
    raise FolderUnusable(f"No folder that {account.name} can reach: tried {tried}.")


def hold(place: Place) -> int:
    """Lock the place for as long as the returned descriptor stays open.

    Raises:
        FolderInUse: names the process that holds it.
    """
    descriptor = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise FolderInUse(f"The database in {place.folder} is already run by process {holder}.") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _find_place(wanted: Path, account: Account, shelves: Sequence[Path]) -> Place:
    _make_parents(wanted.parent)
    if account.needs_drop and not wanted.is_symlink() and not may(account, os.X_OK, wanted.parent):
        if wanted.exists():
            owner = _owner(wanted.stat().st_uid)
            raise FolderUnusable(f"{wanted} exists, belongs to {owner}, and {account.name} cannot reach it.")
        wanted.symlink_to(usable_shelf(account, shelves) / _fingerprint(wanted), target_is_directory=True)
    return Place(_own(wanted.resolve(), account))


def _make_parents(folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        # Only what we made ourselves: a strict umask must not lock the server's account out of its data.
        path.chmod(0o755)


def _own(folder: Path, account: Account) -> Path:
    """Make the folder the account's own, or refuse when somebody else has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = folder.lstat()
    if not stat.S_ISDIR(held.st_mode):
        raise FolderUnusable(f"{folder} is not a folder.")
    if account.needs_drop and held.st_uid == 0 and not any(folder.iterdir()):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    elif held.st_uid != account.uid:
        owner = _owner(held.st_uid)
        raise FolderUnusable(
            f"{folder} belongs to {owner}, and the server runs as {account.name}.",
            remedy=f"Start Tollkeeper as {owner}, or give the folder away: chown -R {account.name} {folder}",
        )
    if stat.S_IMODE(held.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
