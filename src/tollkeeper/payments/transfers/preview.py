"""Opens a stranger's file, in a cage: `python -m tollkeeper.payments.transfers.preview MEDIA < file > preview`.

A picture or PDF is read by C code that has had, and will have, faults. So it is read by a process that has nothing of
ours: no environment, no address of the database, little memory, little time, and, from before the first byte is read,
no right to open a file or a socket, to start a process, or to gain privileges. What it hands back is drawn anew, so
that nothing of the file but its looks comes through.

The answer: one line of JSON (`Drawn`), then the pictures, JPEG, one after the other.
"""

from __future__ import annotations

import ctypes
import errno
import io
import json
import math
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin

from tollkeeper.payments.transfers.kinds import Media

MOST_PAGES = 5
LONGEST_SIDE = 1600
"""Pixels of a preview: a slip is readable, and a page weighs some hundred kilobytes."""
MOST_PIXELS = 64_000_000
"""Of a picture. Telephones make up to 50 million."""
MOST_BYTES = 64 * 1024 * 1024
"""More than any setting allows; the web process has counted before."""
PREVIEW_BYTES = 16 * 1024 * 1024
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 10
NO_ROOM = 3
"""Exit code: the disk that the preview is written to is full."""

QUALITY = 80
_PR_SET_NO_NEW_PRIVS = 38
_WHITE = (255, 255, 255)


class Refused(Exception):
    """Why there is no preview: `encrypted`, `unreadable`, `pixels` or `memory`."""


def main(arguments: list[str]) -> int:
    """Read a file of the kind that is named from stdin, write its preview to stdout."""
    (media,) = arguments
    warm_up()
    enter_cage()
    pages, refusal = 0, ""
    pictures: list[bytes] = []
    try:
        pages, pictures = draw(Media(media), sys.stdin.buffer.read(MOST_BYTES))
    except Refused as refused:
        refusal = str(refused)
    except MemoryError:
        refusal = "memory"
    head = {"pages": pages, "sizes": [len(picture) for picture in pictures], "refusal": refusal}
    return write(sys.stdout.buffer, json.dumps(head).encode() + b"\n", *pictures)


def write(out: BinaryIO, *parts: bytes) -> int:
    """Write it all; the exit code."""
    try:
        out.writelines(parts)
        out.flush()
    except OSError as error:
        return NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else 1
    return 0


# The cage


def warm_up() -> None:
    """Load what the libraries load when first used: inside the cage no file can be opened."""
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None  # counted by us, so that the refusal can say it
    made = Image.new("L", (1, 1))
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("JPEG", "PNG"):
        out = io.BytesIO()
        made.save(out, name, exif=exif)
        ImageOps.exif_transpose(Image.open(out, formats=[name])).convert("RGB").load()


def enter_cage() -> None:
    """Give up what reading a file does not need. Nothing gives it back."""
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: PREVIEW_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for which, most in limits.items():
        tightest = [limit for limit in resource.getrlimit(which) if limit != resource.RLIM_INFINITY]
        allowed = min([most, *tightest])
        resource.setrlimit(which, (allowed, allowed))


# Drawing


def draw(media: Media, data: bytes) -> tuple[int, list[bytes]]:
    """How many pages a file has, and pictures of the first ones.

    Raises:
        Refused: with the reason.
    """
    try:
        return DRAWERS[media](data)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # whatever a library says of a broken file
        raise Refused("unreadable") from error


def _draw_picture(data: bytes, name: str) -> tuple[int, list[bytes]]:
    with Image.open(io.BytesIO(data), formats=[name]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise Refused("pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.load()
        return 1, [_jpeg(_flat(upright))]


def _draw_pdf(data: bytes) -> tuple[int, list[bytes]]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "unreadable") from error
    pages = len(document)
    if not pages:
        raise Refused("unreadable")
    return pages, [_jpeg(page) for page in _pages(document, min(pages, MOST_PAGES))]


def _pages(document: pypdfium2.PdfDocument, count: int) -> Iterator[Image.Image]:
    for number in range(count):
        page = document[number]
        sides = page.get_size()
        if not all(math.isfinite(side) and side > 0 for side in sides):
            raise Refused("unreadable")
        scale = min(LONGEST_SIDE / max(sides), LONGEST_SIDE / 500)
        if min(sides) * scale < 1:
            raise Refused("unreadable")
        yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _flat(picture: Image.Image) -> Image.Image:
    """In three colours, on white."""
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, (*_WHITE, 255))
        paper.alpha_composite(picture)
        picture = paper
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    """The picture as it looks, and nothing else of it."""
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


DRAWERS: Mapping[Media, Callable[[bytes], tuple[int, list[bytes]]]] = MappingProxyType(
    {
        Media.PDF: _draw_pdf,
        Media.JPEG: lambda data: _draw_picture(data, JpegImagePlugin.JpegImageFile.format),
        Media.PNG: lambda data: _draw_picture(data, PngImagePlugin.PngImageFile.format),
    }
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
