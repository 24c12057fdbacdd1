"""Each row of the table of faults does what its description says, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.receiver import Receiver
from sandbox.stranger import API, APP_ID, SECRET, Stranger, order
from tollkeeper.sandbox.chaos import FAULTS, How, Where
from tollkeeper.sandbox.signing import sign

Check = Callable[[Stranger, Receiver], None]
CHECKS: dict[str, Check] = {}
QUICK = {"slow_ms": 300, "hold_ms": 300, "delay_ms": 300, "late_ms": 300, "gap_ms": 100}


def shows(name: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        CHECKS[name] = check
        return check

    return keep


def paid(stranger: Stranger, receiver: Receiver, reference: str = "ORD-0001") -> dict[str, Any]:
    made = stranger.create(receiver.url, reference)
    outcome = stranger.act(made["paylinkID"], "pay")
    return {"id": made["paylinkID"], **outcome}


def logged(stranger: Stranger, number: int = 1) -> Any:
    return stranger.control("GET", f"/callbacks/{number}")


@shows("callback.drop")
def _(stranger: Stranger, receiver: Receiver) -> None:
    link = paid(stranger, receiver)
    stranger.drain()
    assert receiver.received == []
    assert logged(stranger)["fate"] == "dropped"
    assert stranger.status(link["id"])["status"] == "PAID"


@shows("callback.delay")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    assert not stranger.control("POST", "/drain", {"timeout_ms": 50})["drained"]
    assert receiver.received == []
    stranger.drain()
    assert len(receiver.received) == 1


@shows("callback.double")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    assert len(receiver.received) == 2
    assert len(set(receiver.bodies)) == 1


@shows("callback.reorder")
def _(stranger: Stranger, receiver: Receiver) -> None:
    stranger.chaos("callback.reorder", parameters={"hold_ms": 20_000})
    paid(stranger, receiver, "ORD-1")
    paid(stranger, receiver, "ORD-2")
    stranger.drain()
    assert [json.loads(body)["externalTransactionID"] for body in receiver.bodies] == ["ORD-2", "ORD-1"]
    assert [logged(stranger, number)["faults"] for number in (1, 2)] == [["reorder"], []]


@shows("callback.forge")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    [callback] = receiver.received
    assert json.loads(callback.body)["status"] == "SUCCESS"
    assert not callback.is_signed


@shows("callback.tamper")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    [callback] = receiver.received
    assert json.loads(callback.body)["status"] == "FAILURE"
    true = callback.body.replace(b"FAILURE", b"SUCCESS")
    assert callback.headers["ik-sign"] == sign(SECRET, callback.path, true)


@shows("callback.truncate")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    [callback] = receiver.received
    assert callback.body.startswith(b'{"paylinkID"')
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(callback.body)


@shows("callback.text")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    [callback] = receiver.received
    assert json.loads(callback.body)["text"] == "Approved"
    assert callback.is_signed


@shows("callback.text_unsigned")
def _(stranger: Stranger, receiver: Receiver) -> None:
    paid(stranger, receiver)
    stranger.drain()
    [callback] = receiver.received
    plain = callback.body.replace(b',"text":"Approved"', b"")
    assert callback.body != plain
    assert callback.headers["ik-sign"] == sign(SECRET, callback.path, plain)


@shows("pay.failure_first")
def _(stranger: Stranger, receiver: Receiver) -> None:
    link = paid(stranger, receiver)
    assert stranger.status(link["id"])["status"] == "PAID"
    stranger.drain()
    assert [json.loads(body)["status"] for body in receiver.bodies] == ["FAILURE", "SUCCESS"]


@shows("pay.late")
def _(stranger: Stranger, receiver: Receiver) -> None:
    link = paid(stranger, receiver)
    assert link["redirect"].endswith("/cancelled")
    assert stranger.status(link["id"])["status"] == "PENDING"
    stranger.drain()
    assert stranger.status(link["id"])["status"] == "PAID"
    assert json.loads(receiver.bodies[0])["status"] == "SUCCESS"


@shows("status.wrong_amount")
def _(stranger: Stranger, receiver: Receiver) -> None:
    assert stranger.status(paid(stranger, receiver)["id"])["amount"] == 123550


@shows("status.unpaid")
def _(stranger: Stranger, receiver: Receiver) -> None:
    assert stranger.status(paid(stranger, receiver)["id"])["status"] == "PENDING"
    stranger.drain()
    assert json.loads(receiver.bodies[0])["status"] == "SUCCESS"


def call(stranger: Stranger, where: Where) -> httpx.Response:
    match where:
        case Where.CREATE:
            return stranger.call("POST", "/payment", order("http://127.0.0.1:9/hook"))
        case Where.STATUS:
            return stranger.call("GET", "/getStatus/external", params={"externalReference": "ORD-0001"})
        case _:
            return stranger.call(
                "GET", "/payments/history", params={"startDate": "2020-01-01", "endDate": "2999-01-01"}
            )


def is_json(answer: httpx.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


ANSWERS: dict[How, Callable[[httpx.Response], bool]] = {
    How.ERROR: lambda answer: answer.status_code == 500,
    How.RATE_LIMIT: lambda answer: answer.status_code == 429 and answer.headers["retry-after"] == "1",
    How.TIMEOUT: lambda answer: answer.status_code == 504 and answer.elapsed.total_seconds() >= 0.3,
    How.SLOW: lambda answer: answer.status_code == 200 and answer.elapsed.total_seconds() >= 0.3 and is_json(answer),
    How.HTML: lambda answer: answer.status_code == 200 and answer.text.startswith("<!doctype html>"),
    How.GARBAGE: lambda answer: answer.status_code == 200 and not is_json(answer),
}
CALLS = {f"{where}.{how}": (where, how) for where in (Where.CREATE, Where.STATUS, Where.HISTORY) for how in ANSWERS}


def test_every_fault_is_shown() -> None:
    assert set(CHECKS) | set(CALLS) == set(FAULTS)
    assert {name.partition(".")[0] for name in FAULTS} == set(Where)
    assert {name.partition(".")[2] for name in FAULTS} == set(How)


@pytest.mark.parametrize("name", CHECKS)
def test_fault_does_what_its_row_says(stranger: Stranger, receiver: Receiver, name: str) -> None:
    quick = {key: QUICK[key] for key in FAULTS[name].parameters if key in QUICK}
    stranger.chaos(name, parameters=quick)

    CHECKS[name](stranger, receiver)


@pytest.mark.parametrize("name", CALLS)
def test_answer_is_spoilt_as_its_row_says(stranger: Stranger, name: str) -> None:
    where, how = CALLS[name]
    stranger.create("http://127.0.0.1:9/hook")
    assert is_json(call(stranger, where))

    stranger.chaos(name, parameters={key: QUICK[key] for key in FAULTS[name].parameters if key in QUICK})

    assert ANSWERS[how](call(stranger, where))
    stranger.control("PUT", "/chaos", {})
    assert call(stranger, where).status_code == 200


@pytest.mark.parametrize("how", ANSWERS)
def test_link_is_made_unless_refused_outright(stranger: Stranger, how: How) -> None:
    stranger.chaos(f"create.{how}", parameters={key: 50 for key in FAULTS[f"create.{how}"].parameters if "ms" in key})

    call(stranger, Where.CREATE)

    refused = how in (How.ERROR, How.RATE_LIMIT)
    assert call(stranger, Where.STATUS).status_code == (404 if refused else 200)


def test_link_is_made_though_the_caller_gave_up(stranger: Stranger) -> None:
    stranger.chaos("create.timeout", parameters={"hold_ms": 600_000})
    body = order("http://127.0.0.1:9/hook")
    headers = {"IK-APPID": APP_ID, "IK-SIGN": sign(SECRET, API + "/payment", body)}

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{stranger.url}{API}/payment", content=body, headers=headers, timeout=0.3, trust_env=False)

    assert stranger.control("GET", "")["links"] == 1


def test_limit_ends_the_fault(stranger: Stranger) -> None:
    stranger.chaos("history.500", limit=2)

    assert [call(stranger, Where.HISTORY).status_code for _ in range(4)] == [500, 500, 200, 200]
    assert stranger.control("GET", "/chaos")["struck"] == {"history.500": 2}


def test_same_seed_gives_the_same_faults(stranger: Stranger) -> None:
    def run(seed: int) -> tuple[str, list[int]]:
        stranger.control("POST", "/reset", {"seed": seed})
        stranger.chaos("status.500", probability=0.5)
        made = stranger.create("http://127.0.0.1:9/hook")
        return made["paylinkID"], [call(stranger, Where.STATUS).status_code for _ in range(24)]

    first, again, other = run(1), run(1), run(2)

    assert first == again
    assert first != other
    assert set(first[1]) == {200, 500}


def test_other_links_do_not_shift_the_dice(stranger: Stranger, receiver: Receiver) -> None:
    def fates(order_of_payment: list[int]) -> list[str]:
        stranger.control("POST", "/reset", {"seed": 3})
        stranger.chaos("callback.drop", probability=0.5)
        ids = [stranger.create(receiver.url, f"ORD-{number}")["paylinkID"] for number in range(12)]
        for number in order_of_payment:
            stranger.act(ids[number], "pay")
        stranger.drain()
        fate = {one["paylinkID"]: one["fate"] for one in stranger.control("GET", "/callbacks")}
        return [fate[paylink_id] for paylink_id in ids]

    forwards, backwards = fates(list(range(12))), fates(list(range(11, -1, -1)))

    assert forwards == backwards
    assert set(forwards) == {"dropped", "answered"}
