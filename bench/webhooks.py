"""Webhooks as iKhokha sends them, written from docs/reference/ikhokha.md and not from the product's client.

Each is a whole HTTP request of one fixed length, prepared before the clock starts, so that the load generator only
copies bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

SHUFFLED = 2_000
SEED = 20_261_121


@dataclass(frozen=True)
class Requests:
    """Prepared requests in a file, all of one length.

    Args:
        path: of the file.
        size: of one request in bytes.
        count: how many there are.
        body_bytes: of one body.
    """

    path: Path
    size: int
    count: int
    body_bytes: int

    def __getitem__(self, place: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(place * self.size)
            return file.read(self.size)


def signature(secret: bytes, path: str, body: bytes) -> str:
    """HMAC-SHA256 over path and body, with a backslash before every backslash and quote (1.5 of the reference)."""
    escaped = bytearray()
    for byte in path.encode() + body:
        if byte in b"\\\"'":
            escaped += b"\\"
        escaped += b"\\0" if byte == 0 else bytes((byte,))
    return hmac.new(secret, bytes(escaped), hashlib.sha256).hexdigest()


def body_of(payment_id: UUID, link_id: str) -> bytes:
    """A success, its four documented fields in the documented order."""
    return (
        f'{{"paylinkID":"{link_id}","status":"SUCCESS","externalTransactionID":"{payment_id.hex}","responseCode":"00"}}'
    ).encode()


def request_of(path: str, app_id: str, sign: str, body: bytes) -> bytes:
    """The request, byte for byte."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: axios/1.7.2\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nik-appid: {app_id}\r\nik-sign: {sign}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def prepare(dsn: str, path: Path, *, app_id: str, secret: str, callback_path: Callable[[UUID], str]) -> Requests:
    """Write a request for every open payment: in the order in which they were opened, shuffled by two thousand.

    Args:
        dsn: a database with the table `bench_webhook`.
        path: the file to write.
        app_id, secret: the application's.
        callback_path: where a payment's webhooks go.
    """
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT payment_id, link_id FROM bench_webhook ORDER BY n").fetchall()
    shuffled = _shuffled(rows)
    size = body_bytes = 0
    with path.open("wb") as file:
        for payment_id, link_id in shuffled:
            body = body_of(payment_id, link_id)
            where = callback_path(payment_id)
            request = request_of(where, app_id, _fast_signature(secret.encode(), where, body), body)
            if size not in {0, len(request)}:
                raise SystemExit("The requests differ in length.")
            size, body_bytes = len(request), len(body)
            file.write(request)
    _check(Requests(path, size, len(rows), body_bytes), secret)
    return Requests(path, size, len(rows), body_bytes)


def _shuffled(rows: Sequence[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    chance = random.Random(SEED)
    mixed: list[tuple[UUID, str]] = []
    for start in range(0, len(rows), SHUFFLED):
        part = list(rows[start : start + SHUFFLED])
        chance.shuffle(part)
        mixed += part
    return mixed


def _fast_signature(secret: bytes, path: str, body: bytes) -> str:
    escaped = (path.encode() + body).replace(b'"', b'\\"')
    return hmac.digest(secret, escaped, "sha256").hex()


def _check(requests: Requests, secret: str) -> None:
    """The quick signature equals the plain one, for the bytes we send."""
    head, _, body = requests[0].partition(b"\r\n\r\n")
    path = head.split(b" ")[1].decode()
    if signature(secret.encode(), path, body).encode() not in head:
        raise SystemExit("The quick signature is wrong.")
