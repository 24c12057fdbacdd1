"""What the worker does by the clock: files of lessons that belong to nothing are removed."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tollkeeper.catalog.models import LessonFile
from tollkeeper.core import audit, clock
from tollkeeper.core.orm import raw_cursor

STRAY_SECONDS = 24 * 60 * 60.0
"""A file without a row may be of an upload whose commit is still to come; after a day it belongs to nothing."""
TOLD = 50
"""Names in the audit line; a sweep that removes more says how many."""
_OURS = re.compile(r"[0-9a-f]{32}(_\w{7})?")
"""What `catalog.files.numbered` calls a file, with what Django adds to a name that is taken."""


def remove_stray_files() -> int:
    """Remove files that no row names: a process was killed between file and commit, or between commit and removal.

    What is not called as our files are is somebody's who knows why, and stays.

    Returns:
        How many were removed.
    """
    storage = LessonFile.file.field.storage
    lying = list(_old_files(Path(storage.path(""))))
    named: set[str] = set()
    for start in range(0, len(lying), 1000):
        asked = LessonFile.objects.filter(file__in=lying[start : start + 1000])
        named.update(asked.values_list("file", flat=True))
    gone = [name for name in lying if name not in named]
    for name in gone:
        storage.delete(name)
    if gone:
        with raw_cursor() as cursor:
            told = {"removed": len(gone), "names": gone[:TOLD]}
            audit.record(cursor, act="lesson_file.sweep", thing="files/lessons", by="worker", data=told)
    return len(gone)


def _old_files(folder: Path) -> Iterator[str]:
    """Names of files that came here longer ago than `STRAY_SECONDS`, however old their contents say they are."""
    before = clock.now().timestamp() - STRAY_SECONDS
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            known = path.lstat()
            regular = stat.S_ISREG(known.st_mode) and _OURS.fullmatch(path.name)
            if regular and max(known.st_mtime, known.st_ctime) < before:
                yield path.name
