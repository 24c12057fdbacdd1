from __future__ import annotations

import pytest

from storefront import make
from tollkeeper.core.flags import FAST_TRACK, set_flag
from tollkeeper.core.orm import raw_cursor


@pytest.fixture
def pending(buyer, course):
    with raw_cursor() as cursor:
        set_flag(cursor, FAST_TRACK, enabled=False, by="staff@example.com", reason="A look first.")
    return make.paid(buyer, course)


def decide(client, payment, decision, reason="The bank confirmed it."):
    return client.post(f"/staff/approvals/{payment.id}/", {"decision": decision, f"{payment.id}-reason": reason})


def test_approval_opens_the_course(pending, buyer, staff, browser):
    assert buyer.email in browser(staff).get("/staff/approvals/").text

    answer = decide(browser(staff), pending, "approve")

    assert answer.status_code == 303
    assert "Nothing waits" in browser(staff).get("/staff/approvals/").text
    assert "All about frame" in browser(buyer).get("/learn/phone-photography/frame/").text


def test_rejection_keeps_it_closed_and_says_so(pending, buyer, staff, browser):
    decide(browser(staff), pending, "reject", "The card was reported stolen.")

    assert browser(buyer).get("/learn/phone-photography/frame/").status_code == 303
    assert "did not approve" in browser(buyer).get(f"/orders/{pending.reference}/").text


@pytest.mark.parametrize(
    ("decision", "reason"), [("approve", ""), ("approve", " "), ("reject", "x" * 501), ("dance", "y")]
)
def test_decision_without_reason_changes_nothing(pending, buyer, staff, browser, decision, reason):
    answer = decide(browser(staff), pending, decision, reason)

    assert answer.status_code == 422
    assert browser(buyer).get("/learn/phone-photography/frame/").status_code == 303


def test_second_decision_is_told_that_it_came_late(pending, staff, browser):
    decide(browser(staff), pending, "approve")

    late = decide(browser(staff), pending, "reject")

    assert late.status_code == 409
    assert "Somebody has decided this already" in late.text


def test_for_others_the_page_does_not_exist(pending, buyer, browser):
    for stranger in (browser(), browser(buyer)):
        assert stranger.get("/staff/approvals/").status_code == 404
        assert decide(stranger, pending, "approve").status_code == 404
    assert "Waiting for approval" in browser(buyer).get("/").text
