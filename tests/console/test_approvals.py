"""The queue of decisions: who waits, deciding one or many, and being told what became of each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from storefront import make
from tollkeeper.core.clock import now
from tollkeeper.payments.ledger.queries import evidence_of
from tollkeeper.payments.ledger.state import Evidence, Kind

QUEUE = "/console/approvals/"
REASON = "The bank confirmed it."


def decide(client, *payments, decision="approve", reason=REASON):
    data = {"payments": [payment.id for payment in payments], "decision": decision, "reason": reason}
    return client.post(QUEUE, data, follow=True)


def acts_of(payment):
    return [
        (one["kind"], one["data"]["by"]) for one in evidence_of(payment.id) if one["kind"] in {"approved", "rejected"}
    ]


def test_queue_says_who_waits_for_what(pending, buyer, staff, browser):
    page = browser(staff).get(QUEUE).text

    for shown in (buyer.email, "Photography with a phone", "R524,00", pending.reference, "Card, iKhokha"):
        assert shown in page.replace("\xa0", " ")
    assert "it said: paid" in page


def test_approval_opens_the_course(pending, buyer, staff, browser):
    answer = decide(browser(staff), pending)

    assert "1 payment approved" in answer.text
    assert "Nothing waits" in answer.text
    assert "All about frame" in browser(buyer).get("/learn/phone-photography/frame/").text


def test_rejection_keeps_it_closed_and_says_so(pending, buyer, staff, browser):
    answer = decide(browser(staff), pending, decision="reject", reason="The card was reported stolen.")

    assert "1 payment rejected" in answer.text
    assert browser(buyer).get("/learn/phone-photography/frame/").status_code == 303
    assert "did not approve" in browser(buyer).get(f"/orders/{pending.reference}/").text


@pytest.mark.parametrize(
    ("decision", "reason"), [("approve", ""), ("approve", " "), ("reject", "x" * 501), ("dance", "y")]
)
def test_decision_that_makes_no_sense_changes_nothing(pending, staff, browser, decision, reason):
    answer = decide(browser(staff), pending, decision=decision, reason=reason)

    assert answer.status_code == 422
    assert f'value="{pending.id}" id="mark-{pending.id}" checked' in answer.text
    assert acts_of(pending) == []


@pytest.mark.parametrize("marked", [[], ["nonsense"], ["\x00"], ["' OR 1=1"]])
def test_nothing_marked_decides_nothing(pending, staff, browser, marked):
    answer = browser(staff).post(QUEUE, {"payments": marked, "decision": "approve", "reason": REASON})

    assert answer.status_code == 422
    assert "Mark the payments" in answer.text


def test_many_are_decided_and_each_answer_is_told(buyer, course, pending, staff, colleague, browser):
    more = [make.paid(buyer, make.course(f"course-{number}", title=f"Course {number}")) for number in range(3)]
    decide(browser(colleague), more[0], decision="reject", reason="Reported stolen.")

    answer = decide(browser(staff), pending, *more)

    assert "3 payments approved" in answer.text
    assert f"{more[0].reference}: already rejected by {colleague.email}: “Reported stolen.”" in answer.text
    assert acts_of(more[0]) == [("rejected", colleague.email)]


def test_two_staff_at_once_open_it_once_and_both_are_told(pending, staff, colleague, owner):
    from tollkeeper.console.services import decide as act

    def approve(person):
        return act([pending.id], opens=True, seen={}, by=person.email, reason=REASON)[0]

    first, second = at_once(lambda: approve(staff), lambda: approve(colleague))

    assert sorted([first is None, second is None]) == [False, True]
    refusal = first or second
    assert refusal.code in {"already_decided", "payment_in_use"}
    assert len(acts_of(pending)) == 1
    assert owner.execute("SELECT count(*) FROM enrolments_grant WHERE state = 'open'").fetchone() == (1,)


def test_control_without_the_lock_both_would_have_decided(pending, staff, colleague):
    from tollkeeper.payments.ledger.services import bring, read_payment

    def careless(number, person):
        seen = read_payment(pending.id).access
        barrier.wait(5)
        act = {"number": number, "by": person.email, "reason": REASON}
        assert seen == "pending"
        bring([Evidence(pending.id, Kind.APPROVED, f"careless:{number}", "staff", now(), **act)])

    barrier = threading.Barrier(2)
    at_once(lambda: careless(1, staff), lambda: careless(2, colleague))

    assert len(acts_of(pending)) == 2


def test_proof_that_arrived_meanwhile_is_looked_at_first(buyer, course, staff, browser, tmp_path, monkeypatch):
    from tollkeeper.core.settings import settings
    from transfers import make as transfers

    monkeypatch.setenv("TOLLKEEPER_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    payment = transfers.transfer(buyer, course)
    transfers.sent(payment, transfers.encoded(transfers.slip(), "PNG"), "slip.png")
    page = browser(staff).get(QUEUE).text
    transfers.sent(payment, transfers.encoded(transfers.slip(), "PNG"), "better.png")

    seen = {f"seen-{payment.id}": "1", "payments": [payment.id], "decision": "reject", "reason": "Not readable."}
    answer = browser(staff).post(QUEUE, seen, follow=True)

    assert "/staff/proofs/" in page
    assert "handed in a new proof meanwhile" in answer.text
    assert acts_of(payment) == []
    monkeypatch.undo()
    settings.cache_clear()


def test_queue_asks_as_often_for_thirty_as_for_one(buyer, pending, staff, asked):
    one = asked("/console/approvals/", staff)
    for number in range(30):
        make.paid(buyer, make.course(f"course-{number}", title=f"Course {number}"))

    assert asked("/console/approvals/", staff) == one


def at_once(*acts):
    """Run acts at the same moment, each on a connection of its own."""
    from django.db import connections

    barrier = threading.Barrier(len(acts))

    def alone(act):
        try:
            barrier.wait(5)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(20) for future in [pool.submit(alone, act) for act in acts]]
