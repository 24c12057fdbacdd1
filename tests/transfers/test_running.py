"""Uploads against a running shop: broken off, endless, slow. The web process neither grows nor keeps anything."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tollkeeper.payments.transfers.kinds import CUT_OFF
from transfers import make

MEGABYTE = 1024 * 1024


@pytest.fixture
def buyer(shop):
    """A guest's browser with an order that waits for a transfer, and the form's address and token."""
    with httpx.Client(base_url=shop.url, trust_env=False, follow_redirects=True, timeout=60) as client:
        course = client.get(f"/courses/{shop.courses[0]}/").text
        fields = {name: value_of(course, name) for name in ("csrfmiddlewaretoken", "attempt")}
        address = {"email": f"guest-{secrets.token_hex(5)}@example.com", "method": "transfer"}
        page = client.post(f"/courses/{shop.courses[0]}/enrol/", data=fields | address)
        yield (
            client,
            re.search(r'action="(/orders/\S+/proofs/)"', page.text)[1],
            value_of(page.text, "csrfmiddlewaretoken"),
        )


def value_of(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


def send(buyer, data: bytes) -> httpx.Response:
    client, address, token = buyer
    return client.post(address, data={"csrfmiddlewaretoken": token}, files={"file": ("a.jpg", data, "image/jpeg")})


def kept(shop) -> list[Path]:
    return [path for path in (shop.data_dir / "proofs").rglob("*") if path.is_file()]


def web_process(shop) -> int:
    """The number of the process that serves pages."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == shop.process.pid and b"tollkeeper.server.web" in words:
            return int(place.name)
    raise LookupError


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_web_process_does_not_grow_by_what_is_sent(shop, buyer):
    pid, large = web_process(shop), b"\xff\xd8\xff" + b"\0" * (30 * MEGABYTE)
    send(buyer, large)
    before, files = resident(pid), kept(shop)

    answers = [send(buyer, data) for data in (large, large, make.bomb(), large, make.text_bomb(), large)]

    assert {answer.status_code for answer in answers} == {413, 422}
    assert resident(pid) - before < 16 * MEGABYTE
    assert kept(shop) == files


def test_upload_that_breaks_off_leaves_nothing(shop, buyer):
    client, address, _token = buyer
    place, files = urlsplit(shop.url), kept(shop)
    head = (
        f"POST {address} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in client.cookies.items())}\r\n"
        "Content-Length: 3000000\r\n\r\n--x\r\nContent-Disposition: form-data; name=file; filename=a.jpg\r\n\r\n"
    )

    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(head.encode() + b"\xff\xd8\xff" + b"\0" * 1_000_000)

    wait_until(lambda: client.get("/readyz").status_code == 200)
    assert kept(shop) == files
    assert send(buyer, make.jpeg()).status_code == 200


def body(*parts: bytes, pause: float = 0.0) -> Callable:
    """An ASGI receive that gives these parts, then that the browser has gone."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts[:-1]]
    waiting += [{"type": "http.request", "body": parts[-1], "more_body": False}, {"type": "http.disconnect"}]

    async def receive():
        await asyncio.sleep(pause)
        return waiting.pop(0)

    return receive


async def read(bounded) -> list[tuple[str, bytes]]:
    read, message = [], {"type": ""}
    while message["type"] != "http.disconnect":
        message = await bounded()
        read.append((message["type"], message.get("body", b"")))
    return read


def test_body_within_the_bound_is_as_it_was():
    from tollkeeper.server.asgi import _bounded

    scope = {}
    told = asyncio.run(read(_bounded(scope, body(b"abc", b"def"), 6)))

    assert told == [("http.request", b"abc"), ("http.request", b"def"), ("http.disconnect", b"")]
    assert scope == {}


def test_body_beyond_the_bound_is_cut_off_and_swallowed():
    from tollkeeper.server.asgi import _bounded

    scope = {}
    told = asyncio.run(read(_bounded(scope, body(b"abc", b"defg", b"hij", b"k"), 5)))

    assert told == [("http.request", b"abc"), ("http.request", b"de"), ("http.disconnect", b"")]
    assert scope == {CUT_OFF: True}


def test_body_that_takes_too_long_is_a_lost_connection(monkeypatch):
    from tollkeeper.server import asgi

    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.05)
    told = asyncio.run(read(asgi._bounded({}, body(b"a", b"b", b"c", b"d", pause=0.03), 100)))

    assert told[-1] == ("http.disconnect", b"")
    assert len(told) < 4
