"""Interventions: the late ones stand out, each has an owner, and only a recorded act closes one."""

from __future__ import annotations

import pytest

from console import make
from storefront import make as shop
from tollkeeper.payments.ledger.queries import open_interventions
from tollkeeper.payments.ledger.state import Kind, Trouble

LIST = "/console/interventions/"


@pytest.fixture
def wrong_amount(pending):
    return make.intervention(pending, Trouble.WRONG_AMOUNT)


def act(client, intervention, name, reason=""):
    return client.post(f"{LIST}{intervention}/act/", {"act": name, "reason": reason}, follow=True)


def is_open(intervention):
    return intervention in {one.id for one in open_interventions()}


def test_late_one_stands_out_with_the_money_at_risk(wrong_amount, staff, browser, owner):
    make.overdue(wrong_amount, owner)

    page, today = browser(staff).get(LIST).text, browser(staff).get("/console/").text

    assert "past its deadline" in page
    assert "524,00" in page
    assert "1 past the deadline" in today


def test_taking_it_makes_it_mine(wrong_amount, staff, colleague, browser, owner):
    act(browser(staff), wrong_amount, "take")

    assert f"{staff.email}</span>" in browser(colleague).get(LIST).text
    assert owner.execute("SELECT by FROM core_audit WHERE act = 'intervention.take'").fetchone() == (staff.email,)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_an_act_it_stays_open(wrong_amount, staff, browser, reason):
    answer = act(browser(staff), wrong_amount, "close", reason)

    assert answer.status_code == 422
    assert is_open(wrong_amount)


def test_what_was_done_closes_it_and_is_kept(wrong_amount, staff, colleague, browser, owner):
    act(browser(staff), wrong_amount, "close", "Refunded R 524.00 in the dashboard.")
    late = act(browser(colleague), wrong_amount, "close", "I did too.")

    assert not is_open(wrong_amount)
    assert "closed already" in late.text
    assert "Refunded R 524.00" in browser(staff).get("/console/closed/").text
    assert owner.execute("SELECT count(*) FROM core_audit WHERE act = 'intervention.close'").fetchone() == (1,)


def test_suggested_act_is_a_button_that_does_it(wrong_amount, pending, buyer, staff, browser):
    page = browser(staff).get(f"{LIST}{wrong_amount}/").text

    act(browser(staff), wrong_amount, "approve", "The dashboard shows the right amount.")

    assert 'value="approve"' in page
    assert not is_open(wrong_amount)
    assert "All about frame" in browser(buyer).get("/learn/phone-photography/frame/").text


def test_rejecting_asks_for_the_refund_next(wrong_amount, pending, staff, browser):
    act(browser(staff), wrong_amount, "reject", "Another amount came.")

    assert [one.trouble for one in open_interventions()] == [Trouble.REFUND_OWED]


def test_replay_is_offered_where_a_webhook_is_kept(pending, staff, browser):
    unsettled = make.intervention(pending, Trouble.UNSETTLED)
    before = browser(staff).get(f"{LIST}{unsettled}/").text
    make.delivery(pending)

    after = browser(staff).get(f"{LIST}{unsettled}/").text

    assert 'value="replay"' not in before
    assert 'value="replay"' in after


@pytest.mark.parametrize("name", ["dance", "", "\x00"])
def test_unknown_act_does_nothing(wrong_amount, staff, browser, name):
    assert act(browser(staff), wrong_amount, name, "x").status_code == 422
    assert is_open(wrong_amount)


def test_list_asks_as_often_for_many_as_for_one(buyer, course, wrong_amount, staff, asked):
    one = asked(LIST, staff)
    for number in range(20):
        payment = shop.order(buyer, shop.course(f"course-{number}", title="More"), Kind.OPENED)
        from tollkeeper.core.database import till
        from tollkeeper.core.orm import raw_cursor

        with raw_cursor() as cursor, till(cursor):
            make.ask_for_a_person(cursor, [(payment.id, Trouble.UNCONFIRMED)])

    assert asked(LIST, staff) == one
