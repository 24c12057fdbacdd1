"""Whoever paid gets access although every webhook is lost: we ask, often while they look, and not for ever."""

from __future__ import annotations

import time

import pytest

from catalog.make import course
from checkout.make import beginning
from payments import make
from tollkeeper.payments.ledger import jobs, services
from tollkeeper.payments.ledger.jobs import climb, sweep_history
from tollkeeper.payments.ledger.services import customer_is_waiting, read_status_now
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def buying(gateway, as_page):
    """A payment whose page is open at a gateway that loses every callback, and its page's id."""
    gateway.chaos("callback.drop")
    begun = as_page(beginning(of=course(price_minor=make.PRICE)))
    payment = services.read_payment(begun.payment_id)
    return payment, payment.facts.links[0].id


def due(owner, *, idle="0 s"):
    """Bring everybody's turn, and let the customers have been away that long."""
    owner.execute(
        "UPDATE ledger_poll SET next_at = clock_timestamp(), present_at = NULL,"
        " started_at = clock_timestamp() - %s::interval",
        (idle,),
    )


def until_next(owner):
    return owner.execute("SELECT extract(epoch FROM next_at - clock_timestamp())::float8 FROM ledger_poll").fetchone()


def test_waiting_customer_gets_in_within_three_seconds(gateway, loop, buying):
    payment, page = buying
    gateway.act(page, "pay")
    customer_is_waiting(payment.id)

    deadline = time.monotonic() + 3
    while make.standing(payment) != ("paid", "open") and time.monotonic() < deadline:
        climb(loop)
        time.sleep(0.1)

    assert make.standing(payment) == ("paid", "open")


def test_returning_customer_gets_in_at_once(gateway, as_page, buying):
    payment, page = buying
    gateway.act(page, "pay")

    answered = as_page(lambda: read_status_now(payment.id, timeout_seconds=1.5))

    assert answered is True
    assert make.standing(payment) == ("paid", "open")


def test_absent_customer_gets_in_at_the_next_turn(owner, gateway, loop, buying):
    payment, page = buying
    gateway.act(page, "pay")
    due(owner)

    climb(loop)

    assert make.standing(payment) == ("paid", "open")


@pytest.mark.parametrize(("idle", "seconds"), [("1 minute", 30), ("31 minutes", 900)])
def test_unpaid_payment_is_asked_about_ever_less(owner, loop, buying, idle, seconds):
    due(owner, idle=idle)

    climb(loop)

    assert until_next(owner)[0] == pytest.approx(seconds, abs=3)


def test_beat_brings_the_turn_near_again(owner, loop, buying):
    payment, _ = buying
    due(owner, idle="2 hours")
    climb(loop)

    customer_is_waiting(payment.id)

    assert until_next(owner)[0] <= 2


def test_proven_payment_leaves_the_ladder(owner, gateway, loop, buying):
    _, page = buying
    gateway.act(page, "pay")
    for _ in range(2):
        due(owner)
        climb(loop)

    assert until_next(owner) is None


def test_after_a_day_an_unpaid_payment_expires(owner, loop, buying):
    payment, _ = buying
    due(owner, idle="25 hours")

    climb(loop)

    assert make.standing(payment) == ("expired", "none")
    assert until_next(owner) is None
    assert make.troubles(owner) == []


def test_after_a_day_an_unconfirmed_payment_goes_to_a_person(owner, gateway, loop, buying):
    payment, _ = buying
    make.tell(payment, Kind.CALLBACK_SUCCESS, link=payment.facts.links[0], accepted_up_to=make.PRICE)
    gateway.chaos("status.500")
    due(owner, idle="25 hours")

    climb(loop)

    assert make.standing(payment) == ("paid", "open")
    assert make.troubles(owner, payment.id) == ["unconfirmed"]


def test_giving_up_that_fails_is_tried_again(owner, gateway, loop, buying, monkeypatch):
    payment, _ = buying
    make.tell(payment, Kind.CALLBACK_SUCCESS, link=payment.facts.links[0], accepted_up_to=make.PRICE)
    gateway.chaos("status.500")
    due(owner, idle="25 hours")

    def cut(_payments):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "give_up", cut)
        with pytest.raises(ConnectionError):
            climb(loop)
    due(owner, idle="25 hours")
    climb(loop)

    assert make.troubles(owner, payment.id) == ["unconfirmed"]


def test_claim_that_comes_after_the_day_is_asked_about(owner, gateway, loop, buying):
    payment, page = buying
    due(owner, idle="25 hours")
    climb(loop)
    gateway.act(page, "pay")

    make.tell(payment, Kind.CALLBACK_SUCCESS, link=payment.facts.links[0])
    owner.execute("UPDATE ledger_poll SET next_at = clock_timestamp()")
    climb(loop)

    assert make.standing(payment) == ("paid", "open")


def test_method_that_cannot_be_asked_stops_nobodys_turn(owner, gateway, loop, buying):
    payment, page = buying
    make.waiting("other@example.com", gateway="eft")
    gateway.act(page, "pay")
    due(owner)

    climb(loop)

    assert make.standing(payment) == ("paid", "open")


def test_payment_that_cannot_be_settled_stops_nobodys_turn(owner, gateway, loop, as_page, buying, connect):
    payment, page = buying
    held = as_page(beginning(make.guest("held@example.com"), course("held", price_minor=make.PRICE)))
    held_page = services.read_payment(held.payment_id).facts.links[0].id
    for paid in (page, held_page):
        gateway.act(paid, "pay")
    holder = connect()
    holder.execute("SET ROLE tollkeeper_till")
    holder.execute("SELECT 1 FROM ledger_payment WHERE id = %s FOR UPDATE", (held.payment_id,))
    due(owner)

    climb(loop)

    assert make.standing(payment) == ("paid", "open")


def test_payment_that_nobody_can_hand_over_goes_to_a_person(owner, gateway, loop, buying):
    payment, page = buying
    owner.execute(
        "UPDATE ledger_payment SET lines = jsonb_build_array(jsonb_build_object('id', %s::text, 'item', 'nobody:1'))",
        (str(payment.lines[0].id),),
    )
    gateway.act(page, "pay")
    due(owner)

    climb(loop)

    assert make.standing(payment) == ("open", "none")
    assert make.troubles(owner, payment.id) == ["unsettled"]


def test_history_finds_what_everything_else_missed(owner, gateway, loop, buying):
    payment, page = buying
    owner.execute("DELETE FROM ledger_poll")
    gateway.act(page, "pay")

    found = sweep_history(loop, "ikhokha")
    again = sweep_history(loop, "ikhokha")

    assert (found, again) == (1, 0)
    assert make.standing(payment) == ("paid", "open")


def test_history_of_two_pages_misses_neither(owner, gateway, loop, buying):
    payment, page = buying
    gateway.act(page, "pay")
    gateway.create("http://127.0.0.1:9/callback", payment.id.hex, amount=make.PRICE)

    sweep_history(loop, "ikhokha")

    assert make.standing(payment) == ("paid", "open")


def test_silent_history_is_no_error(gateway, loop, buying):
    gateway.chaos("history.500")

    assert sweep_history(loop, "ikhokha") == 0


def test_page_whose_answer_was_lost_is_found_by_the_ladder(owner, gateway, loop, as_page):
    gateway.chaos("create.html", limit=1)
    as_page(beginning())
    (link,) = gateway.control("GET", "/links")
    gateway.act(link["paylinkID"], "pay")
    due(owner)

    climb(loop)

    assert owner.execute("SELECT state, access FROM ledger_payment").fetchall() == [("paid", "open")]
