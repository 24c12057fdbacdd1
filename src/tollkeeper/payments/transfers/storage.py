"""Where proofs lie: `proofs/` in the data folder, named by id, mode 0600. No web server serves that folder.

A file comes to its place only when it is whole, checked and on the disk; what is cut off before is removed here, and
what a crash left behind is found by `strays`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

import tollkeeper
from tollkeeper.core import clock
from tollkeeper.core.settings import settings
from tollkeeper.payments.transfers.errors import NoRoomForProof, NoSuchProof, ProofDeskBusy
from tollkeeper.payments.transfers.kinds import HEAD_BYTES, Media

PREVIEW = ".preview"
COMING = "coming"
DRAWING_SECONDS = 30.0
"""A drawing may take ten seconds of the processor; on a busy machine those take longer."""
QUEUE_SECONDS = 20.0
AT_ONCE = 2
"""Drawings at the same time in one process: each may take a gigabyte."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_HEAD_LINE = 4096
_NO_ROOM = 3

_desk = BoundedSemaphore(AT_ONCE)


class Drawn(msgspec.Struct, frozen=True):
    """The first line of a preview.

    Args:
        pages: how many the file has.
        sizes: bytes of each picture that follows; fewer than `pages` where the file is long.
        refusal: why there is none: `encrypted`, `unreadable`, `pixels` or `memory`; "" when all is well.
    """

    pages: int
    sizes: tuple[int, ...]
    refusal: str


@dataclass(frozen=True, slots=True)
class Received:
    """What came: its size in bytes, its SHA-256 (hexadecimal), and its first bytes."""

    size: int
    digest: str
    head: bytes


class Draft:
    """A proof on its way: under a name of its own until it is kept."""

    def __init__(self, proof_id: UUID) -> None:
        self.id = proof_id
        self.promised = False
        """Whether a row that names the files may be committed, so that they must not be removed."""
        self._file = _folder() / COMING / str(proof_id)
        self._preview = self._file.with_name(f"{proof_id}{PREVIEW}")

    def receive(self, chunks: Iterable[bytes], *, most: int) -> Received:
        """Write what comes. More than `most` bytes are counted no further and not written.

        Raises:
            NoRoomForProof: the disk is full.
        """
        size, digest, head = 0, hashlib.sha256(), b""
        with room_needed():
            _make(self._file.parent)
            with _created(self._file) as descriptor:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        break
                    digest.update(chunk)
                    head += chunk[: HEAD_BYTES - len(head)]
                    _write(descriptor, chunk)
                os.fsync(descriptor)
        return Received(size, digest.hexdigest(), head)

    def draw(self, media: Media) -> Drawn:
        """Let the caged process open the file.

        Returns:
            What it says; `unreadable` for a process that fell over.

        Raises:
            NoRoomForProof, ProofDeskBusy.
        """
        with room_needed(), _turn(), _created(self._preview) as preview, self._file.open("rb") as file:
            code = _drawing(media, file.fileno(), preview)
            if code == _NO_ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(preview)
        return _head(self._preview)[0] if code == 0 else Drawn(0, (), "unreadable")

    def keep(self) -> None:
        """Bring both files to their place, on the disk.

        Raises:
            NoRoomForProof: the disk is full.
        """
        with room_needed():
            place = path_of(self.id)
            _make(place.parent)
            self._preview.replace(place.with_name(self._preview.name))
            self._file.replace(place)
            _sync(place.parent)

    def discard(self) -> None:
        """Remove every trace, wherever it got to."""
        place = path_of(self.id)
        for path in (self._file, self._preview, place, place.with_name(self._preview.name)):
            with suppress(OSError):
                path.unlink()


def path_of(proof_id: UUID) -> Path:
    """Where a proof's file lies."""
    return _folder() / proof_id.hex[-2:] / str(proof_id)


def page_of(proof_id: UUID, page: int) -> bytes:
    """A page's picture, JPEG.

    Args:
        page: from 1.

    Raises:
        NoSuchProof: the file is gone, or the page was not drawn.
    """
    path = path_of(proof_id)
    try:
        head, offset = _head(path.with_name(f"{path.name}{PREVIEW}"))
        if not 1 <= page <= len(head.sizes):
            raise NoSuchProof
        with path.with_name(f"{path.name}{PREVIEW}").open("rb") as file:
            file.seek(offset + sum(head.sizes[: page - 1]))
            return file.read(head.sizes[page - 1])
    except OSError as error:
        raise NoSuchProof from error


def remove(proof_id: UUID) -> None:
    """Remove a kept proof's file and its preview; what is gone already stays gone.

    Raises:
        OSError: the disk does not let go of them.
    """
    place = path_of(proof_id)
    for path in (place.with_name(f"{place.name}{PREVIEW}"), place):
        path.unlink(missing_ok=True)


def strays(*, older_than_seconds: float) -> Iterator[tuple[UUID | None, Path]]:
    """Files that have lain here longer than that, with the proof whose they would be."""
    before = clock.now().timestamp() - older_than_seconds
    for path in _folder().glob("*/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield _id_of(path), path


@contextmanager
def room_needed() -> Iterator[None]:
    """Within, a full disk is a refusal with a sentence.

    Raises:
        NoRoomForProof: the disk, the quota or the largest file that is allowed is used up.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoomForProof(
            _("There is no room for your file now. Nothing was saved. Please try again later, or write to us.")
        ) from error


@contextmanager
def _turn() -> Iterator[None]:
    if not _desk.acquire(timeout=QUEUE_SECONDS):
        raise ProofDeskBusy(_("Many files are being checked at this moment. Please send it again in a minute."))
    try:
        yield
    finally:
        _desk.release()


def _drawing(media: Media, file: int, preview: int) -> int:
    """Run the caged process; its exit code."""
    command = [sys.executable, "-s", "-P", "-B", "-m", "tollkeeper.payments.transfers.preview", media.value]
    environment = {"PYTHONPATH": str(Path(tollkeeper.__file__).parents[1])}
    try:
        done = subprocess.run(  # noqa: S603  our own program, with a kind from our own list
            command,
            stdin=file,
            stdout=preview,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            timeout=DRAWING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def _head(preview: Path) -> tuple[Drawn, int]:
    """A preview's first line and where its pictures begin. What does not add up is no preview."""
    with preview.open("rb") as file:
        line = file.readline(_HEAD_LINE)
    try:
        head = msgspec.json.decode(line, type=Drawn)
    except msgspec.MsgspecError:
        return Drawn(0, (), "unreadable"), 0
    whole = len(line) + sum(head.sizes) == preview.stat().st_size
    fits = whole and all(size > 0 for size in head.sizes) and bool(head.sizes) != bool(head.refusal)
    return (head, len(line)) if fits else (Drawn(0, (), "unreadable"), 0)


def _folder() -> Path:
    return settings().data_dir / "proofs"


def _make(folder: Path) -> None:
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)


@contextmanager
def _created(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _id_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name.removesuffix(PREVIEW))
    except ValueError:
        return None
