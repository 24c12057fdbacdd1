"""Payments: found in a second, paged without being counted, told as a line of moments."""

from __future__ import annotations

import re

import pytest

from console import make
from storefront import make as shop
from tollkeeper.payments.ledger.queries import evidence_of, stages_of
from tollkeeper.payments.ledger.state import Kind

LIST = "/console/payments/"


def shown(text):
    return re.findall(r"/console/payments/([0-9a-f-]{36})/", text)


@pytest.mark.parametrize("by", ["reference", "small reference", "email", "id"])
def test_search_finds_by_what_people_have_at_hand(pending, buyer, course, staff, browser, by):
    other = shop.paid(shop.person("other@example.com"), course)
    words = {
        "reference": pending.reference,
        "small reference": pending.reference.lower().replace("-", ""),
        "email": buyer.email.upper(),
        "id": str(pending.id),
    }

    page = browser(staff).get(LIST, {"q": words[by]}).text

    assert str(pending.id) in shown(page)
    assert str(other.id) not in shown(page)


@pytest.mark.parametrize(
    "query",
    ["q=nobody@example.com", "q=nonsense", "q=%00", "after=nonsense", "after=%00", "since=2026-13-45",
     "until=9999-12-31", "since=0001-01-01", "state=nothing", f"q={'x' * 300}", "since=2026-01-01&until=2025-01-01"],
)  # fmt: skip
def test_address_that_makes_no_sense_is_answered_plainly(pending, staff, browser, query):
    assert browser(staff).get(f"{LIST}?{query}").status_code == 200


def test_filters_narrow(pending, buyer, staff, browser):
    shop.order(buyer, shop.course("other", title="Other"), Kind.OPENED)
    client = browser(staff)

    assert set(shown(client.get(LIST, {"access": "pending"}).text)) == {str(pending.id)}
    assert str(pending.id) not in shown(client.get(LIST, {"state": "open"}).text)
    assert shown(client.get(LIST, {"method": "transfer"}).text) == []


def test_pages_show_each_payment_once(buyer, course, staff, browser, monkeypatch):
    from tollkeeper.console import lists

    monkeypatch.setattr(lists, "PAGE", 3)
    made = [shop.order(buyer, course, Kind.OPENED) for _ in range(8)]
    client, seen, path = browser(staff), [], LIST
    while path:
        page = client.get(path).text
        seen += shown(page)
        older = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next"', page)
        path = f"{LIST}{older[1].replace('&amp;', '&')}" if older else ""

    assert seen == [str(payment.id) for payment in reversed(made)]


def test_rare_one_beyond_the_window_is_reached_by_looking_on(pending, buyer, course, staff, browser, monkeypatch):
    from tollkeeper.console import lists

    for _ in range(5):
        shop.order(buyer, course, Kind.OPENED)
    monkeypatch.setattr(lists, "WINDOW", 5)
    client = browser(staff)

    first = client.get(LIST, {"access": "pending"}).text
    on = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next">Look further back', first)[1].replace("&amp;", "&")

    assert shown(first) == []
    assert shown(client.get(f"{LIST}{on}").text) == [str(pending.id)]


def test_payment_tells_its_whole_life(pending, staff, browser):
    from tollkeeper.core.clock import now
    from tollkeeper.core.database import as_json
    from tollkeeper.core.orm import raw_cursor

    delivery, mail = make.delivery(pending, verdict="settled"), make.message(pending)
    with raw_cursor() as cursor:
        rows = [{"payment_id": pending.id, "stage": name, "at": now()} for name in ("received", "committed", "shown")]
        cursor.execute(make.LEDGER["insert_stages"], {"stages": as_json(rows)})

    page = browser(staff).get(f"{LIST}{pending.id}/").text

    assert len(stages_of(pending.id)) == 3
    for told in ("The order was stored", "it said: paid", "A screen of the customer showed it", "of 5000 ms"):
        assert told in page.replace("\xa0", "").replace("5,000", "5000"), told
    assert f"/console/deliveries/{delivery}/" in page
    assert f"/console/messages/{mail}/" in page
    assert "waits for approval by staff" in page


def test_payment_is_decided_on_its_own_page(pending, staff, browser):
    path = f"{LIST}{pending.id}/decide/"
    client = browser(staff)

    silent = client.post(path, {"decision": "approve", "reason": " "}, follow=True)
    answer = client.post(path, {"decision": "approve", "reason": "The bank shows it."}, follow=True)

    assert "Write the reason" in silent.text
    assert "1 payment approved" in answer.text
    assert [one["kind"] for one in evidence_of(pending.id)].count("approved") == 1


def test_asking_the_gateway_is_written_down(buyer, course, staff, browser, gateway, owner):
    payment = shop.order(buyer, course, Kind.OPENED)

    answer = browser(staff).post(f"{LIST}{payment.id}/ask/", follow=True)

    assert answer.status_code == 200
    acts = owner.execute("SELECT act, thing, by FROM core_audit WHERE act = 'payment.ask'").fetchall()
    assert acts == [("payment.ask", str(payment.id), staff.email)]


def test_absent_payment_is_told_plainly(staff, browser):
    assert browser(staff).get(f"{LIST}01890000-0000-7000-8000-000000000000/").status_code == 404


def test_body_of_a_webhook_is_shown_and_never_run(pending, staff, browser):
    nasty = make.delivery(pending, b'{"a":"<script>alert(1)</script>"}')

    page = browser(staff).get(f"/console/deliveries/{nasty}/").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "7b 22 61 22" in page


def test_stored_webhook_is_brought_again(buyer, course, staff, browser, gateway, owner):
    payment = shop.order(buyer, course, Kind.OPENED)
    delivery = signed_delivery(payment)

    answer = browser(staff).post(f"/console/deliveries/{delivery}/replay/", follow=True)

    assert "told something new" in answer.text
    assert "callback_failure" in [one["kind"] for one in evidence_of(payment.id)]
    assert owner.execute("SELECT by FROM core_audit WHERE act = 'delivery.replay'").fetchone() == (staff.email,)


def test_webhook_that_does_not_fit_is_not_brought_again(pending, staff, browser, gateway):
    before = evidence_of(pending.id)

    answer = browser(staff).post(f"/console/deliveries/{make.delivery(pending)}/replay/", follow=True)

    assert "cannot be brought again" in answer.text
    assert evidence_of(pending.id) == before


def signed_delivery(payment):
    """A webhook of the gateway's own about a declined card, as intake keeps it."""
    import hmac
    import json

    from tollkeeper.core.settings import settings
    from tollkeeper.payments.gateways.ikhokha import sign
    from tollkeeper.payments.ledger.services import gateway, read_payment

    link = read_payment(payment.id).facts.links[0].id
    body = json.dumps(
        {"paylinkID": link, "status": "FAILURE", "externalTransactionID": payment.id.hex, "responseCode": "05"}
    ).encode()
    secret = settings().ikhokha_app_secret.get_secret_value().encode()
    signature = sign(hmac.new(secret, digestmod="sha256"), gateway("ikhokha").callback_path(payment.id), body)
    headers = {"ik-appid": settings().ikhokha_app_id, "ik-sign": signature}
    return make.delivery(payment, body, headers=headers)
