from __future__ import annotations

import json
import threading
from urllib.parse import urlsplit

import pytest

from sandbox.receiver import Receiver
from sandbox.stranger import Stranger


def pay_path(made: dict[str, str]) -> str:
    return urlsplit(made["paylinkUrl"]).path


def test_page_shows_what_is_paid_and_that_nothing_is_real(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url, description="Nails & <b>more</b>")

    page = stranger.http.get(pay_path(made))

    assert page.status_code == 200
    assert "Nails &amp; &lt;b&gt;more&lt;/b&gt;" in page.text
    assert "R1\N{NO-BREAK SPACE}234.50" in page.text
    assert "Sandbox." in page.text
    assert [word for word in ("card", "eft", "decline", "cancel") if f'value="{word}"' not in page.text] == []


def test_page_needs_no_script_and_allows_none(stranger: Stranger, receiver: Receiver) -> None:
    page = stranger.http.get(pay_path(stranger.create(receiver.url)))

    policy = page.headers["content-security-policy"]
    shop = receiver.url.removesuffix("/callbacks/t0k3n")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert f"form-action 'self' {shop}" in policy
    assert "<script" not in page.text
    assert stranger.http.get("/pay.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("act", "page", "status", "told"),
    [
        ("card", "ok", "PAID", ["SUCCESS"]),
        ("eft", "ok", "PAID", ["SUCCESS"]),
        ("decline", "failed", "FAILED", ["FAILURE"]),
        ("cancel", "cancelled", "PENDING", []),
    ],
)
def test_button_sends_the_browser_on(
    stranger: Stranger, receiver: Receiver, act: str, page: str, status: str, told: list[str]
) -> None:
    made = stranger.create(receiver.url)

    answer = stranger.http.post(pay_path(made), data={"act": act})
    stranger.drain()

    assert answer.status_code == 303
    assert answer.headers["location"] == receiver.url.replace("t0k3n", page)
    assert stranger.status(made["paylinkID"])["status"] == status
    assert [json.loads(body)["status"] for body in receiver.bodies] == told


def test_browser_does_not_wait_for_the_callback(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)
    receiver.hold = threading.Event()

    answer = stranger.http.post(pay_path(made), data={"act": "card"})

    assert answer.status_code == 303
    assert stranger.control("GET", "")["outstanding"] == 1
    receiver.hold.set()
    stranger.drain()


def test_paid_link_cannot_be_paid_twice(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)
    stranger.http.post(pay_path(made), data={"act": "card"})

    again = stranger.http.post(pay_path(made), data={"act": "card"})
    declined = stranger.http.post(pay_path(made), data={"act": "decline"})
    stranger.drain()

    assert (again.status_code, declined.status_code) == (409, 409)
    assert "cannot be paid twice" in stranger.http.get(pay_path(made)).text
    assert len(receiver.received) == 1


def test_declined_link_stays_payable(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)

    stranger.http.post(pay_path(made), data={"act": "decline"})
    page = stranger.http.get(pay_path(made))
    stranger.drain()
    stranger.http.post(pay_path(made), data={"act": "card"})
    stranger.drain()

    assert "was declined" in page.text
    assert [json.loads(body)["status"] for body in receiver.bodies] == ["FAILURE", "SUCCESS"]
    assert stranger.status(made["paylinkID"])["status"] == "PAID"


@pytest.mark.parametrize("path", ["/pay/000000000000000", "/pay/a/b", "/pay/%00"])
def test_unknown_link_says_so(stranger: Stranger, path: str) -> None:
    page = stranger.http.get(path)

    assert page.status_code == 404
    assert "Go back to the shop" in page.text


@pytest.mark.parametrize("form", [b"", b"act=steal", b"\xff=%ff&act", b"act=" + b"x" * 1_100_000])
def test_unknown_button_changes_nothing(stranger: Stranger, receiver: Receiver, form: bytes) -> None:
    made = stranger.create(receiver.url)

    page = stranger.http.post(pay_path(made), content=form)

    assert page.status_code == 422
    assert stranger.status(made["paylinkID"])["status"] == "PENDING"
