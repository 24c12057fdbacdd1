"""Nonsense by the thousand: each piece gets a 4xx, and memory and rows stay as small as stated.

`make fuzz` sends 100,000; TOLLKEEPER_FUZZ_SEED repeats a run that failed.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from core.make import eventually
from payments import make
from sandbox.stranger import APP_ID, SECRET
from tollkeeper.payments.intake.notebook import KEPT_BYTES, KEPT_PER_BUCKET
from tollkeeper.sandbox.signing import sign

REQUESTS = int(os.environ.get("TOLLKEEPER_FUZZ_REQUESTS", "5000"))
SEED = int(os.environ.get("TOLLKEEPER_FUZZ_SEED", "20261121"))
GROWTH_BYTES = 96 * 1024 * 1024
WARM_UP = 1_000
BUCKETS = 2 * 9
"""A bucket for each reason, and again when the hour turns on the way."""
HANGS_UP = b""

pytestmark = pytest.mark.usefixtures("db")


def junk(dice: Random, most: int) -> bytes:
    return dice.randbytes(dice.randrange(most + 1))


BODIES = {
    "nothing": lambda dice: b"",
    "bytes": lambda dice: junk(dice, 300),
    "deep": lambda dice: dice.choice([b"[", b'{"a":']) * dice.randrange(1, 10_000),
    "wide": lambda dice: b"[" + b"0," * dice.randrange(1, 20_000) + b"0]",
    "number": lambda dice: b"1" * dice.randrange(1, 30_000) + b"e" + b"9" * 40,
    "string": lambda dice: b'{"paylinkID":"' + junk(dice, 2_000) + b'"}',
    "surrogate": lambda dice: b'{"paylinkID":"\\ud800","status":"SUCCESS","externalTransactionID":"\\u0000"}',
    "types": lambda dice: (
        b'{"paylinkID":[],"status":{},"externalTransactionID":%d,"responseCode":null}' % dice.randrange(9)
    ),
    "nearly": lambda dice: (
        b'{"paylinkID":"x","status":"SUCCESS","externalTransactionID":"%s","responseCode":"00"}'
        % junk(dice, 9).hex().encode()
    ),
    "large": lambda dice: b"x" * dice.randrange(65_000, 80_000),
}
PATHS = (
    b"/webhooks/ikhokha",
    b"/webhooks/",
    b"/webhooks/%00/%ff",
    b"/webhooks/ikhokha/../../etc",
    b"/.netlify/functions/ikhokha-webhook",
    b"/webhooks/ikhokha/\xc3\xa9",
    b"/webhooks/ikhokha/" + b"a" * 5_000,
    b"/webhooks/ikhokha?" + b"q=1&" * 500,
)


def head(dice: Random, path: bytes, body: bytes) -> list[bytes]:
    """Header lines that fit, or do not."""
    signature = sign(SECRET, path.decode("latin-1"), body) if dice.random() < 0.5 and path.isascii() else "0" * 64
    lines = [
        b"ik-appid: " + dice.choice([APP_ID.encode(), b"", junk(dice, 20).hex().encode()]),
        b"ik-sign: " + dice.choice([signature.encode(), b"", b"\xff" * 9, signature.upper().encode()]),
        b"content-type: " + dice.choice([b"application/json", b"text/html; charset=utf-16", b"\x80"]),
        b"x-" + junk(dice, 9).hex().encode() + b": " + b"y" * dice.randrange(3_000),
        b"cookie: " + b"z" * dice.randrange(100),
    ]
    return dice.sample(lines, dice.randrange(len(lines) + 1))


def request(dice: Random, paths: tuple[bytes, ...]) -> tuple[str, bytes]:
    """The name of a kind of nonsense, and its bytes."""
    name = dice.choice(list(BODIES))
    body, path = BODIES[name](dice), dice.choice(paths)
    method = dice.choice([b"POST"] * 9 + [b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"BREW"])
    lines = [method + b" " + path + b" HTTP/1.1", b"host: shop.test", *head(dice, path, body)]
    if dice.random() < 0.2:
        name += " in chunks"
        size = dice.randrange(1, 5_000)
        parts = [body[place : place + size] for place in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        lines.append(b"transfer-encoding: chunked")
    else:
        lines.append(b"content-length: %d" % len(body))
        if dice.random() < 0.02:
            name, lines[-1] = (
                "lies",
                dice.choice([b"content-length: -1", b"content-length: 1e9", b"content-length: 1\x00"]),
            )
    return name, b"\r\n".join(lines) + b"\r\n\r\n" + body


class Line:
    """A connection that is used again while the server keeps it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def ask(self, data: bytes) -> int:
        """The status of the answer; 0 where the server hung up on us."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=10)
        try:
            self._socket.sendall(data)
            answer = self._read()
        except (ConnectionError, BrokenPipeError):
            answer = HANGS_UP
        if answer == HANGS_UP or b"connection: close" in answer.lower():
            self.close()
        return int(answer[9:12]) if answer else 0

    def _read(self) -> bytes:
        assert self._socket is not None
        data = b""
        while b"\r\n\r\n" not in data:
            part = self._socket.recv(65536)
            if not part:
                return data
            data += part
        top, _, body = data.partition(b"\r\n\r\n")
        length = next((int(one[15:]) for one in top.lower().split(b"\r\n") if one.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self._socket.recv(65536)
        return top

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_nonsense_gets_4xx_and_little_room(owner, web):
    dice, payment = Random(SEED), make.waiting()
    paths = (*PATHS, *[web.path(payment).encode()] * 8)
    line, seen, wrong, before = Line(web.address), Counter(), [], 0

    for number in range(REQUESTS):
        if number == min(WARM_UP, REQUESTS - 1):
            before = resident()
        name, data = request(dice, paths)
        status = line.ask(data)
        seen[status] += 1
        if status and not 400 <= status < 500:
            wrong.append((status, name, data[:300]))
    line.close()

    assert wrong == [], f"TOLLKEEPER_FUZZ_SEED={SEED}"
    assert seen[0] < REQUESTS / 10
    assert resident() - before < GROWTH_BYTES
    eventually(lambda: web.front.notebook._counts, is_right=lambda left: not left)
    rows = owner.execute("SELECT count(*), max(octet_length(body)) FROM ledger_rejection").fetchone()
    assert rows[0] <= BUCKETS * KEPT_PER_BUCKET
    assert rows[1] <= KEPT_BYTES
    assert owner.execute("SELECT count(*) FROM ledger_rejection_count").fetchone()[0] <= BUCKETS
    assert owner.execute("SELECT count(*) FROM ledger_delivery").fetchone() == (0,)
    assert make.standing(payment) == ("open", "none")
    assert web.http.get("/livez").status_code == 200
