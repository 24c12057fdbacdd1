"""Ids and references.

An id is a UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits, so that an index on it
grows at one end. A reference is what a customer reads aloud: unguessable, without letters that look alike, and with
a check symbol that catches one wrong or two swapped symbols (Crockford's base 32, modulo 37).
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from uuid import UUID

from tollkeeper.core.errors import Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = ALPHABET + "*~$=U"
_VERSION_AND_VARIANT = 0x7 << 76 | 0x2 << 62
_FREE_BITS = (1 << 128) - 1 & ~(0xF << 76 | 0x3 << 62)
_LOOK_ALIKE = str.maketrans("ILO", "110")


class BadReference(Refusal):
    """That reference has a typing mistake in it."""

    code = "bad_reference"
    remedy = "Copy the reference again from the receipt or the address of the page."
    http_status = 404


def new_id() -> UUID:
    """A fresh UUIDv7."""
    (made,) = new_ids(1)
    return made


def id_at(moment: datetime) -> UUID:
    """A fresh UUIDv7 for something that happened at that moment: lists that go by id then have it in its place."""
    return _uuid7(int(moment.timestamp() * 1000) << 80, secrets.randbits(80))


def new_ids(count: int) -> list[UUID]:
    """So many fresh UUIDv7, for one question to the machine's randomness."""
    milliseconds = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80
    random = secrets.token_bytes(10 * count)
    return [_uuid7(milliseconds, int.from_bytes(random[at : at + 10])) for at in range(0, 10 * count, 10)]


def _uuid7(milliseconds: int, random: int) -> UUID:
    return UUID(int=(milliseconds | random) & _FREE_BITS | _VERSION_AND_VARIANT)


def new_reference() -> str:
    """A customer's reference: 12 random symbols (60 bits) and a check symbol, `XXXX-XXXX-XXXXC`."""
    number = secrets.randbits(60)
    symbols = "".join(ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))
    return _grouped(symbols + CHECK_SYMBOLS[number % 37])


def parse_reference(text: str) -> str:
    """The reference as stored, from what a person typed.

    Args:
        text: any spelling: lower case, without dashes, with I, L or O for 1 and 0.

    Raises:
        BadReference: the length, a symbol or the check symbol is wrong.
    """
    plain = text.strip().upper().replace("-", "").replace(" ", "")
    body, check = plain[:-1].translate(_LOOK_ALIKE), plain[-1:]
    if len(body) != 12 or any(symbol not in ALPHABET for symbol in body):
        raise BadReference
    number = int("".join(f"{ALPHABET.index(symbol):05b}" for symbol in body), 2)
    if CHECK_SYMBOLS[number % 37] != check.translate(_LOOK_ALIKE):
        raise BadReference
    return _grouped(body + CHECK_SYMBOLS[number % 37])


def _grouped(symbols: str) -> str:
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"
