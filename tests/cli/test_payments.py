"""Payments of a running shop, shown, explained, decided and proven."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from cli.buying import buy, order


def test_payments_are_listed_newest_first(shop, tell):
    first, second = buy(shop)[0], order(shop)[0]

    rows = tell("payment", "list", "--limit", "2", "--json").json
    paid = tell("payment", "list", "--state", "paid", "--json").json

    assert [row["reference"] for row in rows] == [second.reference, first.reference]
    assert {row["payment_state"] for row in paid} == {"paid"}


def test_unknown_state_is_answered_with_the_states(tell):
    answer = tell("payment", "list", "--state", "payed")

    assert answer.code == 2
    assert "questioned" in answer.err


@pytest.mark.parametrize("spelling", [str, str.lower, lambda text: text.replace("-", " ")])
def test_payment_is_shown_by_any_spelling_of_its_reference(shop, tell, spelling):
    checkout, email = buy(shop)

    shown = tell("payment", "show", spelling(checkout.reference), "--json").json

    assert (shown["customer"], shown["payment"], shown["access"]) == (email, "paid", "open")
    assert {one["kind"] for one in shown["evidence"]} >= {"opened", "callback_success", "decided"}
    assert [one["verdict"] for one in shown["deliveries"]] == ["settled"]
    assert tell("payment", "show", shown["payment_id"]).code == 0


def test_timeline_goes_forward(shop, tell):
    checkout, _ = buy(shop)

    stages = tell("payment", "show", checkout.reference, "--json").json["timeline"]

    assert [stage["name"] for stage in stages[:2]] == ["ordered", "gateway gave its page"]
    assert all(stage["ms"] >= 0 for stage in stages)


@pytest.mark.parametrize("name", ["9999", "no such thing", "0191d3c2-0000-7000-8000-000000000000"])
def test_unknown_payment_is_refused(tell, name):
    answer = tell("payment", "show", name, "--json")

    assert answer.code == 2
    assert answer.json["error"] in {"bad_reference", "no_such_order"}


def test_why_tells_how_access_opened(shop, tell):
    checkout, email = buy(shop, course=1)

    answer = tell("payment", "why", email, shop.courses[1])

    assert answer.code == 0
    assert answer.out.startswith(f"Yes. {email} has access")
    assert checkout.reference in answer.out
    assert "iKhokha sent us a signed message that it was paid." in answer.out
    assert "The course opened." in answer.out


def test_why_speaks_english_whatever_the_shop_speaks(shop, tell):
    _, email = order(shop)

    here, abroad = tell("payment", "why", email), tell("payment", "why", email, TOLLKEEPER_LANGUAGE="pl")

    assert abroad.out == here.out
    assert "it has not been paid" in abroad.out


def test_why_tells_what_an_unpaid_order_waits_for(shop, tell):
    checkout, email = order(shop)

    answer = tell("payment", "why", email.upper())
    by_reference = tell("payment", "why", checkout.reference, "--json").json

    assert answer.out.startswith("No.")
    assert "it has not been paid" in answer.out
    assert by_reference["access"] is False


def test_why_knows_who_never_ordered_the_course(shop, tell):
    _, email = buy(shop, course=0)

    other = tell("payment", "why", email, shop.courses[2])
    nobody = tell("payment", "why", "nobody@example.com")

    assert "They never ordered" in other.out
    assert nobody.code == 2
    assert "Nobody with that address" in nobody.err


def test_why_notices_books_that_the_evidence_does_not_bear_out(shop, tell):
    checkout, _ = order(shop)
    where = "WHERE reference = %s"

    with psycopg.connect(shop.owner_dsn, autocommit=True) as owner:
        owner.execute(f"UPDATE ledger_payment SET state = 'cancelled' {where}", [checkout.reference])
        altered = tell("payment", "why", checkout.reference)
        owner.execute(f"UPDATE ledger_payment SET state = 'open' {where}", [checkout.reference])

    assert altered.code == 1
    assert "The books say cancelled and none; the evidence says open and none" in altered.out
    assert tell("payment", "why", checkout.reference).code == 0


def test_staff_approve_from_the_command_line(shop, tell, by_hand):
    checkout, _ = buy(shop, until="pending")

    done = tell("payment", "approve", checkout.reference, "--reason", "Known customer", "--by", "ann@example.com")

    assert done.code == 0
    assert "access open" in done.out
    assert "ann@example.com approved it. Their reason: Known customer" in tell("payment", "why", checkout.reference).out
    assert tell("payment", "approve", checkout.reference, "--reason", "Again").code == 2


def test_rejection_leaves_the_refund_to_do(shop, tell, by_hand):
    checkout, _ = buy(shop, until="pending")

    done = tell("payment", "reject", checkout.reference, "--reason", "Ordered by mistake", "--json").json

    assert done["access"] == "rejected"
    troubles = tell("payment", "show", checkout.reference, "--json").json["interventions"]
    assert [one["trouble"] for one in troubles] == ["refund_owed"]


def test_decision_without_reason_is_refused(shop, tell, by_hand):
    checkout, _ = buy(shop, until="pending")

    refused = tell("payment", "reject", checkout.reference, "--reason", "  ")

    assert refused.code == 2
    assert "needs a reason" in refused.err


def test_proof_finds_missing_access_and_repair_adds_it(shop, tell):
    checkout, _ = buy(shop)
    payment_id = UUID(tell("payment", "show", checkout.reference, "--json").json["payment_id"])
    assert tell("payment", "prove").code == 0

    with psycopg.connect(shop.owner_dsn, autocommit=True) as owner:
        owner.execute("DELETE FROM enrolments_grant WHERE payment_id = %s", [payment_id])
    found = tell("payment", "prove", "--json")
    unhealthy = tell("payment", "health-check", "--json")
    repaired = tell("payment", "prove", "--repair", "--json")

    assert (found.code, found.json["missing"]) == (1, [str(payment_id)])
    assert unhealthy.code == 1
    assert (repaired.code, repaired.json["repaired"]) == (0, [str(payment_id)])
    assert tell("payment", "health-check").code == 0


def test_check_that_knows_nothing_is_not_a_pass(tell):
    answer = tell("payment", "health-check", "--json", TOLLKEEPER_IKHOKHA_APP_ID="")

    verdicts = {one["check"]: one["verdict"] for one in answer.json["checks"]}
    assert verdicts["gateways.ikhokha_reachable"] == "unknown"
    assert answer.code == 1
