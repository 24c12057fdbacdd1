from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.receiver import Receiver
from sandbox.stranger import API, APP_ID, SECRET, Stranger, order
from tollkeeper.sandbox.signing import sign

HERE = "http://127.0.0.1:9/callbacks/t0k3n"
TODAY = datetime.now(UTC).date().isoformat()


def test_create_answers_a_link(stranger: Stranger) -> None:
    made = stranger.create(HERE)

    assert list(made) == ["responseCode", "message", "paylinkUrl", "paylinkID", "externalTransactionID"]
    assert (made["responseCode"], made["message"], made["externalTransactionID"]) == ("00", "", "ORD-0001")
    assert re.fullmatch("[0-9a-z]{15}", made["paylinkID"])
    assert made["paylinkUrl"] == f"{stranger.url}/pay/{made['paylinkID']}"


@pytest.mark.parametrize("changed", ["secret", "body", "path", "app id", "nothing sent"])
def test_wrong_signature_makes_no_link(stranger: Stranger, changed: str) -> None:
    body = order(HERE)
    signature = sign(
        "other" if changed == "secret" else SECRET, "/payment" if changed == "path" else API + "/payment", body
    )
    headers = {"IK-APPID": "OTHER" if changed == "app id" else APP_ID, "IK-SIGN": signature}
    sent = body + b" " if changed == "body" else body

    answer = stranger.http.post(API + "/payment", content=sent, headers={} if changed == "nothing sent" else headers)

    assert answer.status_code == 401
    assert answer.json()["responseCode"] != "00"
    assert stranger.control("GET", "")["links"] == 0


@pytest.mark.parametrize(
    "field",
    [
        "amount",
        "currency",
        "requesterUrl",
        "mode",
        "externalTransactionID",
        "urls",
        "urls.callbackUrl",
        "urls.successPageUrl",
        "urls.failurePageUrl",
    ],
)
def test_required_field_is_named(stranger: Stranger, field: str) -> None:
    body = json.loads(order(HERE))
    outer, _, inner = field.rpartition(".")
    del (body[outer] if outer else body)[inner]

    answer = stranger.call("POST", "/payment", json.dumps(body).encode())

    assert answer.status_code == 400
    assert answer.json()["responseCode"] != "00"
    assert inner in answer.json()["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": 10.5},
        {"amount": "100"},
        {"amount": True},
        {"currency": "USD"},
        {"mode": "demo"},
        {"requesterUrl": "nowhere"},
        {"externalTransactionID": ""},
        {"urls": []},
    ],
)
def test_wrong_value_makes_no_link(stranger: Stranger, wrong: dict[str, Any]) -> None:
    answer = stranger.call("POST", "/payment", order(HERE, **wrong))

    assert answer.status_code == 400
    assert answer.json()["message"]
    assert stranger.control("GET", "")["links"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"null", b'{"amount":"\xff"}'])
def test_broken_body_is_refused(stranger: Stranger, body: bytes) -> None:
    assert stranger.call("POST", "/payment", body).status_code == 400


def test_huge_body_is_refused(stranger: Stranger) -> None:
    assert stranger.call("POST", "/payment", b" " * 1_100_000).status_code == 413


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/hook",
        "http://10.0.0.1/hook",
        "http://127.0.0.1.example.com/hook",
        "http://2130706433/",
        "http://user@127.0.0.1/hook",
        "ftp://127.0.0.1/hook",
        "http://[::1/hook",
        "http://127.0.0.1:99999/hook",
    ],
)
def test_callback_to_a_stranger_is_refused(stranger: Stranger, url: str) -> None:
    urls = {"callbackUrl": url, "successPageUrl": HERE, "failurePageUrl": HERE}

    answer = stranger.call("POST", "/payment", order(HERE, urls=urls))

    assert answer.status_code == 400
    assert stranger.control("GET", "")["links"] == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_callback_to_this_machine_is_taken(stranger: Stranger, host: str) -> None:
    assert stranger.create(f"http://{host}:9/hook")["responseCode"] == "00"


def test_status_has_five_fields(stranger: Stranger) -> None:
    made = stranger.create(HERE)

    told = stranger.status(made["paylinkID"])

    assert list(told) == ["paylinkID", "status", "createdAt", "amount", "description"]
    assert (told["status"], told["amount"], told["description"]) == ("PENDING", 123450, "Course: Intro")
    assert datetime.fromisoformat(told["createdAt"]).tzinfo


def test_reference_finds_the_newest_link(stranger: Stranger) -> None:
    stranger.create(HERE)
    newest = stranger.create(HERE)
    stranger.create(HERE, reference="ORD-0002")

    told = stranger.call("GET", "/getStatus/external", params={"externalReference": "ORD-0001"}).json()

    assert told["paylinkID"] == newest["paylinkID"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/getStatus/000000000000000", 404), ("/getStatus/external", 400), ("/payments/history", 400), ("/refund", 404)],
)
def test_unknown_thing_is_refused_in_json(stranger: Stranger, path: str, status: int) -> None:
    answer = stranger.call("GET", path)

    assert answer.status_code == status
    assert answer.json()["responseCode"] != "00"


def test_history_lists_the_days_asked_for(stranger: Stranger) -> None:
    made = stranger.create(HERE)

    today = stranger.call("GET", "/payments/history", params={"startDate": TODAY, "endDate": "2999-12-31"}).json()
    before = stranger.call(
        "GET", "/payments/history", params={"startDate": "2020-01-01", "endDate": "2020-12-31"}
    ).json()

    assert [(row["paylinkID"], row["amount"]) for row in today] == [(made["paylinkID"], 123450)]
    assert before == []


@pytest.mark.parametrize(
    ("first", "last"), [("2026-13-01", TODAY), ("20260101", TODAY), ("2999-01-01", TODAY), (TODAY, "")]
)
def test_wrong_days_are_refused(stranger: Stranger, first: str, last: str) -> None:
    answer = stranger.call("GET", "/payments/history", params={"startDate": first, "endDate": last})

    assert answer.status_code == 400
    assert "Date" in answer.json()["message"]


def test_callback_is_four_signed_fields(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)

    stranger.act(made["paylinkID"], "pay")
    stranger.drain()

    [callback] = receiver.received
    assert (
        callback.body
        == (
            f'{{"paylinkID":"{made["paylinkID"]}","status":"SUCCESS",'
            '"externalTransactionID":"ORD-0001","responseCode":"00"}'
        ).encode()
    )
    assert callback.path == "/callbacks/t0k3n"
    assert callback.is_signed
    assert (callback.headers["ik-appid"], callback.headers["content-type"]) == (APP_ID, "application/json")


def test_decline_sends_failure(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)

    stranger.act(made["paylinkID"], "decline")
    stranger.drain()

    [callback] = map(json.loads, receiver.bodies)
    assert (callback["status"], callback["responseCode"]) == ("FAILURE", "99")
    assert stranger.status(made["paylinkID"])["status"] == "FAILED"
