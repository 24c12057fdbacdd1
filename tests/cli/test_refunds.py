"""Refunds and disputes by command."""

from __future__ import annotations

import pytest

from cli.buying import buy


def test_refund_is_asked_for_and_said_to_be_sent(shop, tell):
    checkout, _ = buy(shop)
    asked = tell("payment", "refund", checkout.reference, "all", "--reason", "They changed their mind.", "--json").json

    sent = tell("payment", "refund-sent", checkout.reference, asked["refund"], "--proof", "Receipt 17", "--json").json

    assert (asked["payment"], asked["access"]) == ("paid", "open")
    assert (sent["payment"], sent["access"]) == ("refunded", "revoked")
    assert "was sent back" in tell("payment", "why", checkout.reference).out


@pytest.mark.parametrize(
    ("amount", "error"), [("1.001", "bad_money"), ("lots", "bad_money"), ("99999", "refund_too_large")]
)
def test_wrong_amount_is_refused_with_a_sentence(shop, tell, amount, error):
    checkout, _ = buy(shop)

    answer = tell("payment", "refund", checkout.reference, amount, "--reason", "y", "--json")

    assert (answer.code, answer.json["error"]) == (2, error)


def test_dispute_opens_and_ends(shop, tell):
    checkout, _ = buy(shop)
    opened = tell("payment", "dispute", checkout.reference, "D-1", "all", "--reason", "A letter.", "--json").json

    won = tell(
        "payment", "dispute-closed", checkout.reference, "D-1", "won", "--reason", "Another letter.", "--json"
    ).json

    assert (opened["payment"], opened["access"]) == ("disputed", "suspended")
    assert (won["payment"], won["access"]) == ("paid", "open")
