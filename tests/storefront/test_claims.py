"""A guest buys with an address, and finds the course again: here, on another device, and after signing out."""

from __future__ import annotations

import re

import pytest

from storefront import make
from tollkeeper.accounts.services import person_for_checkout
from tollkeeper.messaging.models import OutboxMessage
from tollkeeper.storefront.visitor import SESSION_KEY

LESSON = "/learn/phone-photography/frame/"


@pytest.fixture
def guest(course, browser):
    """The browser in which a guest has bought the course."""
    payment = make.paid(person_for_checkout(email="guest@example.com", language="en"), course, signed_in=False)
    client = browser()
    session = client.session
    session[SESSION_KEY] = [payment.reference]
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def claim(client, email="guest@example.com"):
    """Ask for the link and press its button, in one browser."""
    client.post("/account/sign-in/", {"way": "link", "link-email": email})
    mail = OutboxMessage.objects.order_by("-created_at").first()
    found = re.search(r"/account/link/\?\S+", mail.text)
    if found:
        client.get(found.group(), follow=True)
        client.post("/account/link/")


def reads(client):
    return client.get(LESSON).status_code == 200


def test_guest_reads_at_once_in_the_browser_that_bought(guest, browser):
    assert reads(guest)
    assert not reads(browser())


def test_guest_claims_on_another_device(guest, browser):
    phone = browser()

    claim(phone)

    assert reads(phone)
    assert reads(guest)


def test_claimed_course_is_gone_with_the_sign_out_and_back_with_the_sign_in(guest):
    claim(guest)
    assert reads(guest)

    guest.post("/account/sign-out/")
    out = reads(guest)
    claim(guest)

    assert not out
    assert reads(guest)


def test_another_address_claims_nothing(guest, browser):
    make.person("other@example.com")
    other = browser()

    claim(other, "other@example.com")

    assert not reads(other)


def test_signing_in_as_another_in_the_buyers_browser_keeps_the_purchase_there(guest):
    make.person("other@example.com")

    claim(guest, "other@example.com")

    assert reads(guest)


def test_progress_follows_the_claim_from_the_browser_that_read(guest, browser):
    guest.post("/learn/phone-photography/light/done/", {"done": "yes"})

    claim(guest)
    phone = browser()
    claim(phone)

    assert "1 of 2 lessons done" in phone.get("/my/courses/").text
