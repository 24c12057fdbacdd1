"""A course becomes an order with one page at the gateway, whatever the customer's hands and the gateway do."""

from __future__ import annotations

import threading

import pytest

from accounts.make import guest
from catalog.make import course
from checkout.make import beginning, guest_beginning
from core.make import eventually
from payments import make
from tollkeeper.checkout.errors import AlreadyYours
from tollkeeper.core.ids import new_id
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.switchboard import CHECKOUT_FENCE, NotNow
from tollkeeper.payments.gateways.contract import GatewayRefused, GatewaySilent
from tollkeeper.payments.ledger import services
from tollkeeper.payments.ledger.queries import orders_of
from tollkeeper.payments.ledger.services import read_payment, reject, submit_proof
from tollkeeper.payments.ledger.state import Kind

pytestmark = pytest.mark.usefixtures("db")


def orders(owner):
    return owner.execute("SELECT count(*) FROM ledger_order").fetchone()[0]


def pages(gateway):
    return gateway.control("GET", "/links")


def test_beginning_opens_a_page(owner, gateway, as_page):
    begun = as_page(beginning())

    (link,) = pages(gateway)
    assert begun.pay_url.startswith(gateway.url)
    assert link["amount_minor"] == 49_900
    assert orders(owner) == 1


def test_second_click_finds_the_same_page(owner, gateway, as_page):
    act = beginning()

    first, second = as_page(act), as_page(act)

    assert first == second
    assert orders(owner) == len(pages(gateway)) == 1


@pytest.mark.parametrize("fault", [None, "create.slow"])
def test_double_click_is_one_order_and_one_page(owner, gateway, as_page, fault):
    if fault:
        gateway.chaos(fault, parameters={"slow_ms": 500})
    act = beginning()

    clicks = as_page(*[act] * 4)

    assert len(set(clicks)) == 1
    assert clicks[0].pay_url
    assert orders(owner) == len(pages(gateway)) == 1


def test_double_click_of_a_new_guest_is_one_person_one_order_and_one_try(owner, gateway, as_page):
    clicks = as_page(*[guest_beginning()] * 4)

    counts = [
        owner.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("accounts_person", "ledger_order")
    ]
    assert len(set(clicks)) == 1
    assert counts == [1, 1]
    assert owner.execute("SELECT limit_name FROM accounts_attempt ORDER BY 1").fetchall() == [
        ("order.address",),
        ("order.network",),
    ]


@pytest.mark.parametrize("fault", ["create.500", "create.429"])
def test_silent_gateway_is_a_sentence_and_the_order_is_kept(owner, gateway, as_page, fault):
    gateway.chaos(fault, limit=1)
    act = beginning()

    refused = as_page(act)
    begun = as_page(act)

    assert isinstance(refused, GatewaySilent)
    assert refused.mend.startswith("Wait a minute")
    assert begun.pay_url
    assert orders(owner) == len(pages(gateway)) == 1


@pytest.mark.parametrize("fault", ["create.html", "create.garbage"])
def test_page_whose_address_was_lost_is_found_again(owner, gateway, as_page, fault):
    gateway.chaos(fault, limit=1)
    act = beginning()

    refused = as_page(act)
    begun = as_page(act)

    assert isinstance(refused, GatewaySilent)
    (link,) = pages(gateway)
    assert link["paylinkID"] in begun.pay_url
    assert orders(owner) == 1


def test_page_of_somebody_else_is_refused(owner, gateway, as_page, monkeypatch):
    services.gateway("ikhokha")._loopback_allowed = False

    refused = as_page(beginning())

    assert isinstance(refused, GatewayRefused)
    assert owner.execute("SELECT state FROM ledger_payment").fetchall() == [("created",)]


def test_owner_of_the_course_is_told(gateway, as_page):
    wanted = course(price_minor=make.PRICE)
    payment = make.paid("buyer@example.com", item=wanted.item)

    said = as_page(beginning(guest("buyer@example.com"), wanted))

    assert isinstance(said, AlreadyYours)
    assert make.standing(payment) == ("paid", "open")


def test_typing_an_address_shows_nothing_of_its_owner(owner, gateway, as_page):
    wanted, victim = course(price_minor=make.PRICE), guest("victim@example.com")
    theirs = as_page(beginning(victim, wanted))

    typed = as_page(beginning(victim, wanted, signed_in=False))

    assert typed.reference != theirs.reference
    assert typed.pay_url != theirs.pay_url
    assert [order.reference for order in orders_of(None, [typed.reference])] == [typed.reference]


def test_typing_the_address_of_an_owner_does_not_say_so(gateway, as_page):
    wanted = course(price_minor=make.PRICE)
    make.paid("victim@example.com", item=wanted.item)

    typed = as_page(beginning(guest("victim@example.com"), wanted, signed_in=False))

    assert typed.pay_url


def test_unpaid_order_that_somebody_typed_is_not_in_the_owners_list(gateway, as_page):
    wanted, victim = course(price_minor=make.PRICE), guest("victim@example.com")

    attackers = as_page(beginning(victim, wanted, signed_in=False))
    own = as_page(beginning(victim, wanted))

    assert [order.reference for order in orders_of(victim.pk, [])] == [own.reference]
    assert own.pay_url != attackers.pay_url


@pytest.mark.parametrize(
    ("dimension", "value"),
    [("payments", "stopped"), ("site", "maintenance"), ("access", "lockdown"), ("write", "recover")],
)
def test_stopped_checkout_is_refused_and_stores_nothing(owner, gateway, as_page, dimension, value):
    owner.execute(f"UPDATE core_switch SET {dimension} = %s", (value,))

    said = as_page(beginning())

    assert isinstance(said, NotNow)
    assert (orders(owner), pages(gateway)) == (0, [])


def throw_switch(connection):
    """What the switchboard does: alone at the fence, then the mode."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CHECKOUT_FENCE,))
        connection.execute("UPDATE core_switch SET payments = 'stopped'")


@pytest.fixture
def under_way(connect):
    """A checkout that has passed the fence and not yet committed, while the switch is thrown."""

    def _under_way(fence):
        checkout, switch = connect(), connect(autocommit=True)
        fence(checkout)
        stopped = threading.Event()
        thread = threading.Thread(target=lambda: (throw_switch(switch), stopped.set()))
        thread.start()
        return checkout, stopped, thread

    return _under_way


def fenced(connection):
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHECKOUT_FENCE,))
    assert connection.execute("SELECT payments FROM core_switch").fetchone() == ("open",)


def test_stop_waits_for_a_checkout_that_is_under_way(connect, under_way):
    checkout, stopped, thread = under_way(fenced)
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    look = connect(autocommit=True)

    waiting = eventually(lambda: look.execute(waits, (CHECKOUT_FENCE,)).fetchone()[0], is_right=bool)
    before = stopped.is_set()
    checkout.commit()
    thread.join()

    assert waiting == 1
    assert not before
    assert stopped.is_set()


def test_control_without_the_fence_an_old_checkout_commits_after_the_stop(owner, under_way):
    checkout, stopped, thread = under_way(lambda connection: connection.execute("SELECT payments FROM core_switch"))

    thread.join()
    assert stopped.is_set()
    checkout.execute("INSERT INTO core_flag (name, enabled) VALUES ('too late', true)")
    checkout.commit()

    assert owner.execute("SELECT count(*) FROM core_flag").fetchone() == (1,)


def test_checkout_that_waited_for_the_switch_sees_it(connect):
    switch = connect()
    switch.execute("SELECT pg_advisory_xact_lock(%s)", (CHECKOUT_FENCE,))
    switch.execute("UPDATE core_switch SET payments = 'stopped'")
    said = []

    def checkout():
        from django.db import connections

        from tollkeeper.core.switchboard import fence_checkout

        try:
            with raw_cursor() as cursor:
                fence_checkout(cursor)
        except NotNow as refusal:
            said.append(refusal.code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=checkout)
    thread.start()
    switch.commit()
    thread.join()

    assert said == ["not_now"]


def test_attempt_of_somebody_else_is_nobodys(gateway, as_page):
    attempt, wanted = new_id(), course(price_minor=make.PRICE)
    first = as_page(beginning(guest("first@example.com"), wanted, attempt=attempt, signed_in=False))

    second = as_page(beginning(guest("second@example.com"), wanted, signed_in=False))

    assert first.reference != second.reference


def test_waiting_transfer_is_paid_by_card_in_the_same_order(owner, gateway, as_page):
    buyer, wanted = guest("buyer@example.com"), course(price_minor=49_900)
    transfer = as_page(beginning(buyer, wanted, method="transfer"))
    submit_proof(transfer.payment_id, digest="0" * 64, by=buyer.email)

    card = as_page(beginning(buyer, wanted))

    assert (card.reference, card.payment_id != transfer.payment_id) == (transfer.reference, True)
    assert orders(owner) == 1


def test_refused_transfer_goes_on_in_the_same_order(gateway, as_page):
    buyer, wanted = guest("buyer@example.com"), course(price_minor=49_900)
    transfer = as_page(beginning(buyer, wanted, method="transfer"))
    submit_proof(transfer.payment_id, digest="0" * 64, by=buyer.email)
    reject(transfer.payment_id, by="staff@example.com", reason="Not readable.")

    again = as_page(beginning(buyer, wanted, method="transfer"))
    card = as_page(beginning(buyer, wanted))

    assert again.payment_id == transfer.payment_id
    assert card.reference == transfer.reference


def test_card_that_may_have_paid_is_not_paid_by_transfer_too(gateway, as_page):
    buyer, wanted = guest("buyer@example.com"), course(price_minor=49_900)
    card = as_page(beginning(buyer, wanted))
    make.tell(read_payment(card.payment_id), Kind.CALLBACK_SUCCESS)

    transfer = as_page(beginning(buyer, wanted, method="transfer"))

    assert transfer.payment_id == card.payment_id
