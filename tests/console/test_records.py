"""Records are shown as they are stored, and a secret is not shown at all."""

from __future__ import annotations

import pytest

from console import make
from tollkeeper.console.lists import LISTS


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize(
    "query", ["", "after=99999999999999999999999", "after=-1", "state=%00&kind=%27&act=%25", "q=%25_"]
)
def test_every_list_answers_every_address(office, staff, browser, name, query):
    assert browser(staff).get(f"/console/{name}/?{query}").status_code == 200


@pytest.mark.parametrize("name", sorted(LISTS))
def test_list_asks_as_often_when_it_is_full(office, staff, asked, name):
    empty = asked(f"/console/{name}/?after=1", staff)

    assert asked(f"/console/{name}/", staff) <= empty


def test_secret_of_a_message_is_nowhere(staff, browser):
    secret = make.message(sensitive=True, text="https://shop.example/link?token=abc", subject="Your link")
    client = browser(staff)

    pages = client.get("/console/messages/").text + client.get(f"/console/messages/{secret}/").text

    assert "token=abc" not in pages
    assert "holds a secret" in pages


def test_messages_given_up_are_counted_and_found(staff, browser):
    make.message(state="failed", subject="Never arrived")
    make.message(subject="Will arrive")

    home, found = browser(staff).get("/console/").text, browser(staff).get("/console/messages/?state=failed").text

    assert "<strong>1</strong> <span>messages given up" in home
    assert "Never arrived" in found
    assert "Will arrive" not in found


def test_audit_log_tells_who_did_what(pending, staff, browser):
    client = browser(staff)
    client.post(
        "/console/approvals/", {"payments": [pending.id], "decision": "approve", "reason": "The bank shows it."}
    )

    page = client.get("/console/audit/", {"by": staff.email}).text

    assert "enrolment.approved" in page
    assert "The bank shows it." in page


def test_bytes_that_are_no_text_are_shown_byte_for_byte(staff, browser):
    page = browser(staff).get(f"/console/rejections/{make.rejection()}/").text

    assert "00 ff 3c 73" in page
    assert "<script></script>" not in page


def test_home_sums_todays_payments_by_state(pending, staff, browser):
    page = browser(staff).get("/console/").text.replace("\xa0", " ")

    assert "R524,00" in page
    assert "from 1 payment" in page
    assert "state=paid" in page
