"""Passwords that move in with their people: how a hash is kept so that Django can check it, once.

At the first sign-in Django makes its own hash of the password and forgets the old one. A kind that nobody here can
check is not an error: its owner signs in by mailed link.
"""

from __future__ import annotations

import re

from django.contrib.auth.hashers import BCryptPasswordHasher

LONGEST_BCRYPT = 72
"""bcrypt reads so many bytes of a password and no more."""
DEAREST_BCRYPT = 14
"""Each step doubles the work of a sign-in: 14 takes about a second. A stranger's file shall not choose more."""
DEAREST_PBKDF2 = 4_000_000
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_SCRYPT = re.compile(r"scrypt\$(?:16384|32768)\$[^$]{1,40}\$8\$[1-5]\$[A-Za-z0-9+/=]{80,90}")
LONGEST_HASH = 128
"""A person's column `password`."""
_PBKDF2 = re.compile(r"pbkdf2_sha(?:256|1)\$(\d{1,8})\$[^$]{1,40}\$[A-Za-z0-9+/=]{20,60}")


class ImportedBcrypt(BCryptPasswordHasher):
    """bcrypt as Supabase's auth and Django store it. A password too long for bcrypt is a wrong one, not an error."""

    def verify(self, password: str, encoded: str) -> bool:
        """See Django."""
        return len(password.encode()) <= LONGEST_BCRYPT and super().verify(password, encoded)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """See Django: nothing to add where the work was never begun."""
        if len(password.encode()) <= LONGEST_BCRYPT:
            super().harden_runtime(password, encoded)


def carried_over(text: str) -> str | None:
    """The hash as it is to be stored here.

    Args:
        text: as the earlier system keeps it: bcrypt (`$2a$10$…`), or one of Django's own.

    Returns:
        What goes into a person's `password`; None for a kind that cannot be checked here, or that costs too much.
    """
    plain = text.strip()
    for prefix, kept in (("", "bcrypt$"), ("bcrypt$", "bcrypt$"), ("bcrypt_sha256$", "bcrypt_sha256$")):
        found = _BCRYPT.fullmatch(plain.removeprefix(prefix)) if plain.startswith(prefix) else None
        if found is not None:
            return f"{kept}{found[0]}" if 4 <= int(found[1]) <= DEAREST_BCRYPT else None
    found = _PBKDF2.fullmatch(plain)
    cheap = found is not None and 0 < int(found[1]) <= DEAREST_PBKDF2
    return plain if (cheap or _SCRYPT.fullmatch(plain)) and len(plain) <= LONGEST_HASH else None
