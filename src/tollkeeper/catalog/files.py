"""Files of lessons: where they lie, what they are called, and how a browser is told what they are.

On disk a file has a number for a name, in the data folder and outside everything that is served. What its uploader
called it is a row in the database, cleaned; no path is ever made from it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from django.template.defaultfilters import filesizeformat
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _

from tollkeeper.core.ids import new_id
from tollkeeper.core.settings import settings

MOST_BYTES = 1024 * 1024 * 1024
"""A longer recording belongs on a video host; the lesson has a field for its link."""
LONGEST_NAME = 100
_UNFIT = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Medium:
    """How a browser is told of a file.

    Args:
        content_type: sent with `nosniff`, so that a browser takes it for nothing else.
        shown_as: `image`, `audio`, `video` or `page` where a browser shows it itself, `download` for all the rest.
    """

    content_type: str
    shown_as: str

    @property
    def is_saved(self) -> bool:
        """Whether a browser saves it instead of showing it."""
        return self.shown_as == "download"


_MEDIA = {
    **dict.fromkeys(("jpg", "jpeg"), Medium("image/jpeg", "image")),
    "png": Medium("image/png", "image"),
    "gif": Medium("image/gif", "image"),
    "webp": Medium("image/webp", "image"),
    "avif": Medium("image/avif", "image"),
    "svg": Medium("image/svg+xml", "image"),
    "mp3": Medium("audio/mpeg", "audio"),
    "m4a": Medium("audio/mp4", "audio"),
    "ogg": Medium("audio/ogg", "audio"),
    "opus": Medium("audio/ogg", "audio"),
    "wav": Medium("audio/wav", "audio"),
    "mp4": Medium("video/mp4", "video"),
    "webm": Medium("video/webm", "video"),
    "pdf": Medium("application/pdf", "page"),
    "txt": Medium("text/plain; charset=utf-8", "page"),
}
_ANYTHING = Medium("application/octet-stream", "download")


def medium(name: str) -> Medium:
    """What a file of that name is for a browser. What is not known is saved and never opened by us."""
    return _MEDIA.get(name.rpartition(".")[2].lower(), _ANYTHING)


def clean_name(given: str) -> str:
    """A name fit for an address and for Markdown: one word of letters, digits, dots and dashes.

    Args:
        given: what the uploader's machine calls the file; any text.

    Returns:
        At most 100 characters, never empty, never beginning with a dot.
    """
    plain = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = _UNFIT.sub("-", plain.lower()).strip("-.").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    kept = stem.strip("-.")[: LONGEST_NAME - len(ending[:12]) - 1] or "file"
    return f"{kept}.{ending[:12]}" if ending else kept


def free_name(wanted: str, taken: frozenset[str]) -> str:
    """The name itself, or with the first number that nobody has."""
    if wanted not in taken:
        return wanted
    stem, dot, ending = wanted.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (ending, "")
    numbers = range(2, len(taken) + 3)
    made = (f"{stem[: LONGEST_NAME - len(ending) - 5]}-{number}{ending}" for number in numbers)
    return next(name for name in made if name not in taken)


def check_size(file: File[bytes]) -> None:
    """Refuse what is too large to keep.

    Raises:
        ValidationError: says how large it may be.
    """
    if file.size > MOST_BYTES:
        most = filesizeformat(MOST_BYTES)
        raise ValidationError(_("This file is too large. It may have at most %(most)s.") % {"most": most})


@deconstructible
class LessonFiles(FileSystemStorage):
    """The folder `files/lessons` of the data folder; only the instance's own account may look in."""

    def __init__(self) -> None:
        super().__init__(
            location=settings().data_dir / "files" / "lessons",
            file_permissions_mode=0o600,
            directory_permissions_mode=0o700,
        )


def numbered(_instance: models.Model, _filename: str) -> str:
    """The name on disk."""
    return new_id().hex


class Kept(Protocol):
    """What a row with a kept file offers (`catalog.models.LessonFile`)."""

    @property
    def address(self) -> str:
        """Where the file is read."""

    @property
    def stored_name(self) -> str:
        """What the file of the stored row is called on disk; "" for a row that is not stored yet."""

    def measure(self, *, given: str, length: int, digest: str) -> None:
        """Take down what is being stored."""


class KeptFile(FieldFile):
    """A lesson's file; measured when it is stored, its predecessor removed once the new one is committed."""

    @property
    def url(self) -> str:
        """Where those who may read the lesson get it."""
        return cast("Kept", self.instance).address

    def save(self, name: str | None, content: File[Any], save: bool = True) -> None:  # noqa: FBT001, FBT002  Django's
        """See Django; also notes name, length and digest on the row."""
        digest, length = hashlib.sha256(), 0
        for chunk in content.chunks():
            digest.update(chunk)
            length += len(chunk)
        row = cast("Kept", self.instance)
        row.measure(given=name or "", length=length, digest=digest.hexdigest())
        if before := row.stored_name:
            transaction.on_commit(lambda: self.storage.delete(before))
        super().save(name or "", content, save)


class KeptFileField(models.FileField):
    """A file field of lessons. Stands before the fields that `measure` fills, for Django stores in that order."""

    attr_class = KeptFile
