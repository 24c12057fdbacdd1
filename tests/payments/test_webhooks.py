"""Webhooks over real HTTP: what is taken, what is rejected and counted, and what a database that is away costs."""

from __future__ import annotations

import http.client

import pytest
from django.db import connections

from core.make import eventually
from payments import make
from sandbox.stranger import APP_ID
from tollkeeper.core.ids import new_id
from tollkeeper.core.settings import Policy
from tollkeeper.payments.intake import notebook
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")
ALIAS = "/.netlify/functions/ikhokha-webhook"


@pytest.fixture
def paid_page(gateway):
    """A payment with a page at the sandbox that is paid there, while its callback was lost."""
    payment = make.placed()
    made = gateway.create("http://127.0.0.1:9/callback", payment.id.hex, amount=make.PRICE)
    link = make.Link(made["paylinkID"], made["paylinkUrl"])
    make.tell(payment, Kind.OPENED, link=link)
    gateway.chaos("callback.drop")
    gateway.act(link.id, "pay")
    return payment, link.id


def counts(owner):
    return dict(owner.execute("SELECT reason, sum(count)::int FROM ledger_rejection_count GROUP BY reason").fetchall())


def counted(owner, reason, number=1):
    return eventually(lambda: counts(owner), is_right=lambda found: found.get(reason, 0) >= number)


def stages(owner, payment):
    rows = owner.execute("SELECT stage FROM ledger_stage WHERE payment_id = %s ORDER BY at", (payment.id,)).fetchall()
    return [stage for (stage,) in rows]


def test_acknowledged_webhook_is_access(owner, web, paid_page):
    payment, link = paid_page

    answer = web.knock(payment, link=link)

    assert (answer.status_code, answer.headers["tollkeeper-verdict"]) == (200, "settled")
    assert make.standing(payment) == ("paid", "open")
    wanted = {"received", "verified", "committed", "answered"}
    assert set(eventually(lambda: stages(owner, payment), is_right=lambda found: len(found) >= 4)) == wanted


def test_doubled_webhook_is_one_settlement(owner, web, paid_page):
    payment, link = paid_page

    answers = [web.knock(payment, link=link).headers["tollkeeper-verdict"] for _ in range(2)]

    assert answers == ["settled", "duplicate"]
    assert make.journal(owner, payment).count("access.open") == 1


@pytest.mark.parametrize(
    ("cap", "item", "policy", "expected"),
    [
        (make.PRICE, None, Policy.CONFIRM_FIRST, ("paid", "open")),
        (make.PRICE - 1, None, Policy.CONFIRM_FIRST, ("confirming", "none")),
        (0, None, Policy.CONFIRM_FIRST, ("confirming", "none")),
        (make.PRICE, "giftcard:1", Policy.CONFIRM_FIRST, ("confirming", "none")),
        (make.PRICE, None, Policy.STRICT, ("confirming", "none")),
        (make.PRICE, None, Policy.INSTANT, ("paid", "open")),
    ],
    ids=["silent", "above the cap", "not live", "gift card", "strict", "instant"],
)
def test_callback_alone_is_worth_what_the_policy_says(gateway, web, cap, item, policy, expected):
    gateway.chaos("status.500")
    payment = make.waiting(item=item)
    web.front.trust._policy, web.front.trust._cap_minor = policy, cap

    assert web.knock(payment).status_code == 200
    assert make.standing(payment) == expected


def test_success_that_the_gateway_denies_is_questioned(owner, gateway, web, paid_page):
    payment, link = paid_page
    gateway.chaos("status.unpaid")

    assert web.knock(payment, link=link).status_code == 200
    assert make.standing(payment) == ("questioned", "none")
    assert make.troubles(owner, payment.id) == ["contradicted"]
    assert eventually(lambda: web.front.trust.strict_now, is_right=bool)


def test_instant_then_denied_is_suspended(owner, gateway, web, paid_page, loop):
    from tollkeeper.payments.ledger.jobs import climb

    payment, link = paid_page
    gateway.chaos("status.unpaid")
    web.front.trust._policy = Policy.INSTANT

    web.knock(payment, link=link)
    at_first = make.standing(payment)
    owner.execute("UPDATE ledger_poll SET next_at = clock_timestamp()")
    climb(loop)

    assert at_first == ("paid", "open")
    assert make.standing(payment) == ("questioned", "suspended")
    assert make.grant(owner, payment) == "suspended"


def test_wrong_amount_opens_nothing(owner, gateway, web, paid_page):
    payment, link = paid_page
    gateway.chaos("status.wrong_amount")

    assert web.knock(payment, link=link).status_code == 200
    assert make.standing(payment) == ("questioned", "none")
    assert make.troubles(owner, payment.id) == ["wrong_amount"]


def test_failure_is_not_the_end(web, paid_page):
    payment, link = paid_page

    web.knock(payment, "FAILURE", link=link)
    declined = make.standing(payment)
    web.knock(payment, link=link)

    assert declined == ("attempt_failed", "none")
    assert make.standing(payment) == ("paid", "open")


def test_path_without_token_is_strict(gateway, web):
    gateway.chaos("status.500")
    payment = make.waiting()

    assert web.knock(payment, path=ALIAS).status_code == 200
    assert make.standing(payment) == ("confirming", "none")


def test_weird_page_is_kept_and_told(owner, gateway, web):
    payment = make.waiting()

    answer = web.knock(payment, link="a page\n/../../x?y=\u0001#")

    assert answer.status_code == 200
    assert make.standing(payment)[1] == "none"


def rejected(web, case):
    payment = make.waiting()
    path, other = web.path(payment), web.path(make.waiting("other@example.com"))
    signed = {
        "malformed json": lambda: web.signed(path, b"{"),
        "no object": lambda: web.signed(path, b"[]"),
        "bomb": lambda: web.signed(path, b"[" * 60_000),
        "strange status": lambda: web.knock(payment, "PERHAPS"),
        "wrong code": lambda: web.knock(payment, responseCode="51"),
        "bad id": lambda: web.knock(payment, externalTransactionID="x"),
        "another's path": lambda: web.knock(payment, path=other),
        "tampered": lambda: web.http.post(path, content=b"{}", headers={"ik-appid": APP_ID, "ik-sign": "0" * 64}),
        "unsigned": lambda: web.http.post(path, content=b"{}"),
        "another app": lambda: web.http.post(path, content=b"{}", headers={"ik-appid": "x", "ik-sign": "0"}),
        "get": lambda: web.http.get(path),
        "nobody": lambda: web.http.post("/webhooks/nobody/x", content=b"{}"),
        "too large": lambda: web.http.post(path, content=b"x" * 70_000),
        "too large in chunks": lambda: web.http.post(path, content=(b"x" * 1000 for _ in range(70))),
        "unknown payment": lambda: web.knock(unknown := make.replace(payment), path=web.path(unknown)),
    }
    return signed[case]()


CASES = {
    "malformed json": (400, "malformed"),
    "no object": (400, "malformed"),
    "bomb": (400, "malformed"),
    "strange status": (400, "malformed"),
    "wrong code": (400, "malformed"),
    "bad id": (400, "malformed"),
    "another's path": (404, "wrong_path"),
    "tampered": (401, "forged"),
    "unsigned": (401, "unsigned"),
    "another app": (401, "wrong_app"),
    "get": (405, "wrong_method"),
    "nobody": (404, "wrong_path"),
    "too large": (413, "too_large"),
    "too large in chunks": (413, "too_large"),
    "unknown payment": (404, "unknown_payment"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_reason_has_its_answer_and_its_count(owner, web, case):
    status, reason = CASES[case]

    answer = rejected(web, case)

    assert (answer.status_code, answer.json()["status"]) == (status, reason)
    assert counted(owner, reason) == {reason: 1}
    assert owner.execute("SELECT count(*) FROM enrolments_grant").fetchone() == (0,)


def test_unknown_payment_asks_a_person(owner, web):
    assert rejected(web, "unknown payment").status_code == 404
    assert make.troubles(owner) == ["unknown_reference"]


def test_chunked_webhook_is_taken(web, paid_page):
    payment, link = paid_page
    answers = []

    def chunks(body):
        yield from (body[place : place + 7] for place in range(0, len(body), 7))

    original = web.http.post
    web.http.post = lambda path, content, headers: original(path, content=chunks(content), headers=headers)
    answers.append(web.knock(payment, link=link))

    assert answers[0].status_code == 200
    assert make.standing(payment) == ("paid", "open")


def test_sender_that_hangs_up_is_no_trouble(web):
    wire = http.client.HTTPConnection(*web.address)
    wire.putrequest("POST", "/webhooks/ikhokha/x")
    wire.putheader("content-length", "1000")
    wire.endheaders(b"{")
    wire.close()

    assert web.http.get("/livez").status_code == 200


def test_database_away_is_503_and_comes_back_by_itself(owner, connect, web, paid_page):
    payment, link = paid_page
    name, killer = owner.info.dbname, connect(autocommit=True)
    connections.close_all()
    try:
        owner.execute("REVOKE CONNECT ON DATABASE " + name + " FROM tollkeeper_app")
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'tollkeeper_app' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        away = web.knock(payment, link=link)
        alive = web.http.get("/livez")
    finally:
        owner.execute("GRANT CONNECT ON DATABASE " + name + " TO tollkeeper_app")
    back = eventually(lambda: web.knock(payment, link=link), is_right=lambda answer: answer.status_code == 200)

    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert alive.status_code == 200
    assert back.headers["tollkeeper-verdict"] == "settled"


def test_recovery_is_503(owner, web, paid_page):
    payment, link = paid_page
    owner.execute("UPDATE core_switch SET write = 'recover'")

    answer = web.knock(payment, link=link)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_too_many_that_wait_are_told_to_come_again(web, paid_page):
    payment, link = paid_page
    web.front.gatherer._max_waiting = 0

    answer = web.knock(payment, link=link)

    assert (answer.status_code, answer.json()) == (503, {"status": "busy"})
    assert "retry-after" in answer.headers


def test_rejections_are_kept_within_bounds(owner, web, monkeypatch):
    monkeypatch.setattr(notebook, "KEPT_PER_HOUR", 150)
    path = web.path(make.waiting())

    for _ in range(120):
        web.http.post(path, content=b"x" * 20_000, headers={"cookie": "secret=1", "authorization": "secret"})
        web.http.get(path)
    counted(owner, "unsigned", 120)
    found = counted(owner, "wrong_method", 120)

    assert found == {"unsigned": 120, "wrong_method": 120}
    kept = "SELECT count(*), max(octet_length(body)), bool_or(headers::text LIKE '%secret%') FROM ledger_rejection"
    assert owner.execute(kept).fetchone() == (150, 8192, False)


def test_reference_of_nobody(web):
    assert web.http.post(f"/webhooks/{new_id()}", content=b"").status_code == 404
