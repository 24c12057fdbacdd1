from __future__ import annotations

import re

from django.test import Client

from storefront import make
from tollkeeper.accounts.models import Person
from tollkeeper.payments.ledger.models import Order

ENROL = "/courses/phone-photography/enrol/"


def attempt_on(client: Client) -> str:
    found = re.search(r'name="attempt" value="([^"]+)"', client.get("/courses/phone-photography/").text)
    assert found
    return found[1]


def test_guest_goes_to_the_payment_page(course, gateway, browser):
    client = browser()

    sent = client.post(ENROL, {"email": "guest@example.com", "attempt": attempt_on(client)})

    assert sent.status_code == 303
    assert sent["Location"].startswith("http")
    assert "Waiting for payment" in client.get("/courses/phone-photography/").text


def test_form_sent_twice_is_one_order(course, gateway, browser):
    client = browser()
    form = {"email": "guest@example.com", "attempt": attempt_on(client)}

    first, second = client.post(ENROL, form), client.post(ENROL, form)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_two_sendings_before_any_answer_are_one_order(course, gateway, browser):
    first, second = browser(), browser()
    form = {"email": "guest@example.com", "attempt": attempt_on(first)}

    assert first.post(ENROL, form)["Location"] == second.post(ENROL, form)["Location"]
    assert Order.objects.count() == 1


def test_mended_address_is_another_order(course, gateway, browser):
    client = browser()
    attempt = attempt_on(client)

    client.post(ENROL, {"email": "typo@example.com", "attempt": attempt})
    again = client.post(ENROL, {"email": "right@example.com", "attempt": attempt})

    assert again.status_code == 303
    assert set(Order.objects.values_list("person__email", flat=True)) == {"typo@example.com", "right@example.com"}


def test_back_after_cancelling_orders_anew(course, gateway, buyer, browser):
    client = browser(buyer)
    form = {"attempt": attempt_on(client)}
    client.post(ENROL, form)
    client.post(f"/orders/{Order.objects.get().reference}/cancel/")

    again = client.post(ENROL, form)

    assert again["Location"].startswith("http")
    assert Order.objects.count() == 2


def test_typing_anothers_address_shows_nothing_of_theirs(course, gateway, buyer, browser):
    make.paid(buyer, course)
    stranger = browser()

    sent = stranger.post(ENROL, {"email": buyer.email, "attempt": attempt_on(stranger)})

    assert sent["Location"].startswith("http")
    assert stranger.get("/learn/phone-photography/frame/").status_code == 303
    assert "There are no paid orders" in stranger.get("/my/receipts/").text


def test_anothers_open_payment_is_not_handed_over(course, gateway, buyer, browser):
    browser(buyer).post(ENROL, {})
    theirs = Order.objects.get().reference
    stranger = browser()

    stranger.post(ENROL, {"email": buyer.email, "attempt": attempt_on(stranger)})

    assert stranger.get(f"/orders/{theirs}/").status_code == 404


def test_bad_address_is_explained_and_kept(course, gateway, browser):
    answer = browser().post(ENROL, {"email": "guest at example"})

    assert answer.status_code == 422
    assert "does not look like an e-mail address" in answer.text
    assert 'value="guest at example"' in answer.text
    assert not Person.objects.filter(email__startswith="guest").exists()


def test_owner_who_orders_again_goes_to_the_course(course, gateway, buyer, browser):
    make.paid(buyer, course)

    assert browser(buyer).post(ENROL, {})["Location"] == "/learn/phone-photography/"


def test_silent_gateway_is_explained_and_the_order_kept(course, gateway, buyer, browser):
    gateway.chaos("create.500")
    client = browser(buyer)

    page = client.post(ENROL, {}, follow=True)

    assert "nothing was charged" in page.text
    assert "Try again" in page.text
    assert Order.objects.count() == 1


def test_form_from_elsewhere_is_refused(course, gateway, buyer, browser):
    client = browser(buyer, enforce_csrf_checks=True)

    refused = client.post(ENROL, {})

    assert refused.status_code == 403
    assert "Please send that again" in refused.text
    assert not Order.objects.exists()


def test_get_orders_nothing(course, gateway, buyer, browser):
    assert browser(buyer).get(ENROL).status_code == 405
    assert not Order.objects.exists()
