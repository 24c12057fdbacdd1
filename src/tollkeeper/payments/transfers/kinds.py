"""What a file is, by its first bytes; never by its name or by what the browser says of it. No framework."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Media(StrEnum):
    """The kinds that are taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


ENDING: Mapping[Media, str] = MappingProxyType({Media.PDF: "pdf", Media.JPEG: "jpg", Media.PNG: "png"})

CUT_OFF = "tollkeeper.too_large"
"""In the scope of a request whose body the server cut off, since no file that is taken is so large."""
HEAD_BYTES = 1024
"""How much of a file is looked at."""

_TAKEN = ((b"\xff\xd8\xff", Media.JPEG), (b"\x89PNG\r\n\x1a\n", Media.PNG))
_BLANK = b"\xef\xbb\xbf\r\n\t "
"""What banks' programs put before `%PDF-`: a byte order mark, line ends."""

_OTHERS = (
    (b"GIF8", "GIF"),
    (b"PK\x03\x04", "ZIP / DOCX / XLSX"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "DOC / XLS"),
    (b"{\\rtf", "RTF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"%!PS", "PostScript"),
    (b"ID3", "MP3"),
)
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"})


def media_of(head: bytes) -> Media | None:
    """The kind of a file that begins so; None for one that is not taken."""
    if head.lstrip(_BLANK).startswith(b"%PDF-"):
        return Media.PDF
    return next((media for magic, media in _TAKEN if head.startswith(magic)), None)


def found_instead(head: bytes) -> str:
    """The name of a kind that is not taken, as people know it; "" for one that we do not know."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "HEIC" if brand in _HEIC else "AVIF" if brand == b"avif" else "MP4"
    if head.startswith(b"RIFF"):
        return "WEBP" if head[8:12] == b"WEBP" else "WAV / AVI"
    known = next((name for magic, name in _OTHERS if head.startswith(magic)), "")
    return known or _text(head)


def _text(head: bytes) -> str:
    start = head.lstrip(_BLANK).lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "HTML"
    if b"<svg" in start:
        return "SVG"
    if b"\x00" in head:
        return ""
    # The end of what we read may cut a letter in two.
    text = head.decode("utf-8", errors="ignore")
    return "TXT" if len(text.encode()) > len(head) - 4 and text.isprintable() | ("\n" in text) else ""
