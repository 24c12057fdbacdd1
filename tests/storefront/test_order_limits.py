"""A flood of a guest's orders is refused, from one network or about one address; nobody else is in its way."""

from __future__ import annotations

import re

import pytest

from tollkeeper.accounts import services
from tollkeeper.accounts.limits import ORDERS_PER_ADDRESS, ORDERS_PER_NETWORK, Count, Limit, take_try
from tollkeeper.accounts.models import Attempt, Person
from tollkeeper.core.ids import new_id
from tollkeeper.payments.ledger.models import Order

ENROL = "/courses/phone-photography/enrol/"
SCHOOL, ELSEWHERE = "196.25.1.1", "196.25.1.2"


def order(client, email="guest@example.com", *, network=SCHOOL, attempt=None, **headers):
    form = {"email": email, "attempt": attempt or new_id()}
    return client.post(ENROL, form, REMOTE_ADDR=network, headers=headers or None)


@pytest.fixture
def busy_network(db):
    """As many orders came from the school as may come."""
    for _ in range(ORDERS_PER_NETWORK.most):
        take_try([Count(ORDERS_PER_NETWORK, SCHOOL)])


@pytest.fixture
def busy_address(db):
    for _ in range(ORDERS_PER_ADDRESS.most):
        take_try([Count(ORDERS_PER_ADDRESS, "guest@example.com")])


def test_flood_about_one_address_is_refused(course, gateway, browser):
    for number in range(ORDERS_PER_ADDRESS.most):
        assert order(browser(), network=f"196.25.2.{number}").status_code == 303

    refused = order(browser(), "GUEST@example.com")

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= ORDERS_PER_ADDRESS.seconds
    assert "Please try again in 60 minutes." in refused.text
    assert 'value="GUEST@example.com"' in refused.text
    assert Order.objects.count() == ORDERS_PER_ADDRESS.most


@pytest.mark.usefixtures("busy_network")
def test_flood_from_one_network_leaves_nothing(course, gateway, browser):
    counted = Attempt.objects.count()

    refused = order(browser())

    assert refused.status_code == 429
    assert "Nothing was ordered" in refused.text
    assert not Person.objects.exists()
    assert not Order.objects.exists()
    assert gateway.control("GET", "/links") == []
    assert Attempt.objects.count() == counted


@pytest.mark.usefixtures("busy_network")
def test_control_without_the_limit_the_flood_is_stored(course, gateway, browser, monkeypatch):
    monkeypatch.setattr(services, "ORDERS_PER_NETWORK", Limit("order.network", 10**6, 3600))

    assert order(browser()).status_code == 303
    assert (Person.objects.count(), Order.objects.count()) == (1, 1)


@pytest.mark.usefixtures("busy_network", "busy_address")
def test_others_are_not_in_the_floods_way(course, gateway, buyer, browser):
    elsewhere = order(browser(), "other@example.com", network=ELSEWHERE)
    signed_in = browser(buyer).post(ENROL, {}, REMOTE_ADDR=SCHOOL)

    assert [elsewhere.status_code, signed_in.status_code] == [303, 303]
    assert Order.objects.count() == 2


def test_same_form_is_never_one_too_many(course, gateway, browser):
    client, attempt = browser(), new_id()

    answers = {order(client, attempt=attempt)["Location"] for _ in range(ORDERS_PER_ADDRESS.most + 2)}

    assert len(answers) == 1
    assert Attempt.objects.filter(limit_name=ORDERS_PER_ADDRESS.name).count() == 1


def test_same_form_finds_its_order_in_a_flood(course, gateway, browser):
    attempt = new_id()
    first = order(browser(), attempt=attempt)
    for _ in range(ORDERS_PER_NETWORK.most - 1):
        take_try([Count(ORDERS_PER_NETWORK, SCHOOL)])

    again = order(browser(), attempt=attempt)

    assert again["Location"] == first["Location"]


def test_refused_guest_with_an_order_is_told_of_both(course, gateway, browser):
    client = browser()
    order(client, "typo@example.com")
    for _ in range(ORDERS_PER_NETWORK.most - 1):
        take_try([Count(ORDERS_PER_NETWORK, SCHOOL)])

    refused = order(client, "right@example.com")

    assert refused.status_code == 429
    assert "Please wait a little" in refused.text
    assert "See your order" in refused.text


def test_stopped_till_uses_up_no_tries(owner, course, gateway, browser):
    owner.execute("UPDATE core_switch SET payments = 'stopped'")

    refused = order(browser())

    assert "We cannot take orders" in refused.text
    assert not Attempt.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.parametrize("here", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_no_network(course, gateway, browser, here):
    order(browser(), network=here)

    assert list(Attempt.objects.values_list("limit_name", flat=True)) == [ORDERS_PER_ADDRESS.name]


@pytest.mark.usefixtures("busy_network")
@pytest.mark.parametrize(("language", "words"), [("pl", r"za \d+ minut"), ("uk", r"через \d+ хвилин")])
def test_refusal_is_in_the_guests_language(course, gateway, browser, language, words):
    refused = order(browser(), accept_language=language)

    assert re.search(words, refused.text)
