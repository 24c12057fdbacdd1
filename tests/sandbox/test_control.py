from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.receiver import Receiver
from sandbox.stranger import Stranger

HERE = "http://127.0.0.1:9/callbacks/t0k3n"


def test_log_tells_what_was_sent_and_answered(stranger: Stranger, receiver: Receiver) -> None:
    made = stranger.create(receiver.url)
    receiver.answers = [503]

    stranger.act(made["paylinkID"], "pay")
    stranger.drain()

    [callback] = stranger.control("GET", f"/callbacks?paylinkID={made['paylinkID']}")
    [attempt] = callback["attempts"]
    assert callback["body"].encode() == receiver.bodies[0]
    assert (callback["status"], callback["fate"], attempt["status"]) == ("SUCCESS", "refused", 503)
    assert attempt["ms"] > 0


def test_shop_that_is_away_is_logged(stranger: Stranger) -> None:
    stranger.act(stranger.create(HERE)["paylinkID"], "pay")
    stranger.drain()

    [callback] = stranger.control("GET", "/callbacks")
    assert (callback["fate"], callback["attempts"][0]["error"]) == ("unreachable", "ConnectError")


def test_nothing_is_retried_unless_asked(stranger: Stranger, receiver: Receiver) -> None:
    receiver.answers = [500, 500]

    stranger.act(stranger.create(receiver.url, "ORD-1")["paylinkID"], "pay")
    stranger.drain()
    without = len(receiver.received)
    stranger.control("PUT", "/retries", {"retries": 5, "spacing_ms": 10})
    stranger.act(stranger.create(receiver.url, "ORD-2")["paylinkID"], "pay")
    stranger.drain()

    assert without == 1
    assert len(receiver.received) == 3
    assert receiver.bodies[1] == receiver.bodies[2]


def test_redelivery_repeats_the_news(stranger: Stranger, receiver: Receiver) -> None:
    stranger.chaos("callback.forge")
    stranger.act(stranger.create(receiver.url)["paylinkID"], "pay")
    stranger.drain()

    honest = stranger.control("POST", "/callbacks/1/redeliver")
    forged = stranger.control("POST", "/callbacks/1/redeliver", {"faults": True})

    assert [one.is_signed for one in receiver.received] == [False, True, False]
    assert len(set(receiver.bodies)) == 1
    assert (honest["number"], honest["faults"], forged["faults"]) == (2, [], ["forge"])


def test_fire_pays_many_links(stranger: Stranger, receiver: Receiver) -> None:
    ids = [stranger.create(receiver.url, f"ORD-{number}")["paylinkID"] for number in range(60)]

    some = stranger.control("POST", "/fire", {"paylinkIDs": ids[:10]})
    rest = stranger.control("POST", "/fire", {"count": 50, "concurrency": 8})

    assert (some["paid"], some["statuses"]) == (10, {"200": 10})
    assert (rest["paid"], rest["callbacks"], rest["fates"]) == (50, 50, {"answered": 50})
    assert {json.loads(body)["paylinkID"] for body in receiver.bodies} == set(ids)


def test_links_are_listed_in_pages(stranger: Stranger) -> None:
    ids = [stranger.create(HERE, f"ORD-{number}")["paylinkID"] for number in range(3)]

    first, second, third = stranger.control("GET", "/links")

    assert [first["paylinkID"], second["paylinkID"], third["paylinkID"]] == ids
    assert stranger.control("GET", f"/links?after={second['number']}") == [third]
    assert stranger.control("GET", f"/links/{ids[0]}") == first


def test_reset_forgets_everything_and_abandons_errands(stranger: Stranger, receiver: Receiver) -> None:
    stranger.chaos("callback.delay", parameters={"delay_ms": 600_000})
    stranger.act(stranger.create(receiver.url)["paylinkID"], "pay")

    state = stranger.control("POST", "/reset", {"seed": 9})

    assert (state["seed"], state["links"], state["callbacks"], state["outstanding"]) == (9, 0, 0, 0)
    assert stranger.control("GET", "/chaos")["set"] == {}


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "word"),
    [
        ("POST", "/reset", b"{}", 422, "seed"),
        ("POST", "/reset", b'{"seed":-1}', 422, "seed"),
        ("POST", "/reset", b"{", 422, "truncated"),
        ("POST", "/reset", b"[" * 100_000, 422, "body"),
        ("PUT", "/chaos", b'{"callback.vanish":{}}', 422, "callback.drop"),
        ("PUT", "/chaos", b'{"callback.drop":{"probability":2}}', 422, "probability"),
        ("PUT", "/chaos", b'{"callback.delay":{"parameters":{"delay_ms":-1}}}', 422, "milliseconds"),
        ("PUT", "/chaos", b'{"callback.delay":{"parameters":{"hours":1}}}', 422, "delay_ms"),
        ("PUT", "/chaos", b'{"callback.drop":{"odds":1}}', 422, "odds"),
        ("PUT", "/retries", b'{"retries":-1}', 422, "retries"),
        ("POST", "/drain", b'{"timeout_ms":"long"}', 422, "timeout_ms"),
        ("POST", "/fire", b"{}", 422, "count"),
        ("POST", "/fire", b'{"count":1}', 422, "payable"),
        ("POST", "/fire", b'{"paylinkIDs":["x"]}', 404, "link"),
        ("GET", "/links?after=x", b"", 422, "after"),
        ("GET", "/links/x", b"", 404, "link"),
        ("POST", "/links/x/act", b'{"act":"steal"}', 422, "decline"),
        ("POST", "/links/x/act", b'{"act":"pay"}', 404, "link"),
        ("POST", "/callbacks/99/redeliver", b"{}", 404, "callback"),
        ("POST", "/drain", b" " * 1_100_000, 413, "larger"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    stranger: Stranger, method: str, path: str, content: bytes, status: int, word: str
) -> None:
    answer = stranger.http.request(method, f"/control{path}", content=content)

    assert answer.status_code == status
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Host": "shop.example.com"},
        {"Host": "[::1"},
        {"Host": "127.0.0.1.example.com:80"},
    ],
)
def test_control_answers_programs_of_this_machine_only(stranger: Stranger, headers: dict[str, str]) -> None:
    refused = stranger.http.post("/control/reset", json={"seed": 1}, headers=headers)
    control = stranger.http.post("/control/reset", json={"seed": 1})

    assert (refused.status_code, control.status_code) == (403, 200)


def test_reset_during_fire_ends_it(stranger: Stranger, receiver: Receiver) -> None:
    stranger.create(receiver.url)
    stranger.chaos("callback.delay", parameters={"delay_ms": 600_000})

    with ThreadPoolExecutor(1) as behind:
        fired = behind.submit(stranger.control, "POST", "/fire", {"count": 1})
        wait_until(lambda: stranger.control("GET", "")["outstanding"] == 1)
        stranger.control("POST", "/reset", {"seed": 1})

        assert fired.result(10)["paid"] == 1


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
