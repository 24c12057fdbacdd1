"""Sign and check messages the way iKhokha does: HMAC-SHA256 over the escaped path and body, lower-case hex."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_ESCAPED = re.compile(rb"[\\\"'\0]")


def escape(message: bytes) -> bytes:
    r"""Put a backslash before every backslash, double quote and apostrophe; NUL becomes the two characters `\0`."""
    return _ESCAPED.sub(lambda found: b"\\0" if found[0] == b"\0" else b"\\" + found[0], message)


def sign(secret: str, path: str, body: bytes = b"") -> str:
    """Return the signature, 64 lower-case hex digits.

    Args:
        secret: the app secret.
        path: the URL's path only, beginning with `/`; no scheme, host or query.
        body: the exact bytes that travel; empty for GET.
    """
    return hmac.new(secret.encode(), escape(path.encode() + body), hashlib.sha256).hexdigest()


def path_of(url: str) -> str:
    """Return the path of a URL, `/` when it has none."""
    return urlsplit(url).path or "/"


@dataclass(frozen=True)
class Credentials:
    """The one merchant this sandbox knows."""

    app_id: str
    secret: str = field(repr=False)

    def knows(self, app_id: str) -> bool:
        """Whether the header names our merchant, compared in constant time."""
        return hmac.compare_digest(app_id.strip().encode(), self.app_id.encode())

    def accepts(self, signature: str, path: str, body: bytes) -> bool:
        """Whether the signature was made with our secret over exactly this path and body."""
        return hmac.compare_digest(signature.strip().encode(), sign(self.secret, path, body).encode())
