from __future__ import annotations

import pytest

from tollkeeper.payments.transfers.kinds import Media, found_instead, media_of
from tollkeeper.payments.transfers.naming import LONGEST, readable_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("slip.pdf", "slip.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\slip.pdf", "slip.pdf"),
        ("..", ""),
        ("slip\0.pdf", "slip.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("  potwierdzenie   zażółć.pdf ", "potwierdzenie zażółć.pdf"),
        ("~/$(rm -rf).pdf", "$(rm -rf).pdf"),
        ("", ""),
    ],
)
def test_name_is_made_readable(raw, shown):
    assert readable_name(raw) == shown


def test_long_name_keeps_its_ending():
    name = readable_name("x" * 10_000 + ".pdf")

    assert len(name) <= LONGEST
    assert name.endswith("….pdf")


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (b"%PDF-1.4\n", Media.PDF),
        (b"\xef\xbb\xbf\r\n%PDF-1.4\n", Media.PDF),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", Media.JPEG),
        (b"\x89PNG\r\n\x1a\n\0\0", Media.PNG),
        (b"GIF89a%PDF-1.4", None),
        (b"<html>%PDF-1.4", None),
        (b"", None),
    ],
)
def test_kind_is_found_by_content(head, media):
    assert media_of(head) is media


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypmif1", "HEIC"),
        (b"\0\0\0\x18ftypisom", "MP4"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"),
        (b"\n <!DOCTYPE html>", "HTML"),
        (b"{\\rtf1", "RTF"),
        (b"hello there\n", "TXT"),
        (b"\x01\x02\x03\x04", ""),
    ],
)
def test_other_kinds_are_called_by_their_names(head, name):
    assert found_instead(head) == name
