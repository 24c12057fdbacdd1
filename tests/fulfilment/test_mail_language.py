"""Mails about an order are in the language it was made in, unless the buyer chose another one since."""

from __future__ import annotations

import pytest

from core.make import first_mail
from tollkeeper.accounts.services import choose_language
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.journal import tell_customers
from tollkeeper.payments.ledger.services import Order, Sold, bring, place_order
from tollkeeper.payments.ledger.state import Kind

OPEN_IN = {"en": "Your course is open: ", "pl": "Twój kurs jest otwarty: ", "uk": "Ваш курс відкрито: "}


@pytest.fixture
def buyer(db):
    from storefront import make

    return make.person("ann@example.com")


def ordered(buyer, language):
    from storefront import make

    course = make.course()
    sold = Sold(course.item, course.title, course.price_minor)
    order = Order(new_id(), new_reference(), buyer.pk, True, language, "ZAR", "ikhokha", (sold,))
    with raw_cursor() as cursor:
        payment = place_order(cursor, order)
    return [make.evidence(payment.id, kind, course.price_minor) for kind in (Kind.OPENED, Kind.STATUS_PAID)]


def mail_about(connection):
    message = first_mail(connection, tell_customers, "ann@example.com")
    return message.language, message.subject.removesuffix("Photography with a phone")


@pytest.mark.parametrize("language", ["en", "pl", "uk"])
def test_mail_speaks_as_the_pages_did(buyer, language, connect):
    bring(ordered(buyer, language))

    assert mail_about(connect()) == (language, OPEN_IN[language])


def test_language_chosen_since_wins(buyer, connect):
    evidence = ordered(buyer, "pl")
    choose_language(buyer.pk, language="uk")

    bring(evidence)

    assert mail_about(connect()) == ("uk", OPEN_IN["uk"])


def test_choosing_the_same_again_is_a_choice_too(buyer, connect):
    evidence = ordered(buyer, "pl")
    choose_language(buyer.pk, language="en")

    bring(evidence)

    assert mail_about(connect()) == ("en", OPEN_IN["en"])


def test_language_chosen_before_the_order_does_not_outrank_it(buyer, connect):
    choose_language(buyer.pk, language="uk")

    bring(ordered(buyer, "pl"))

    assert mail_about(connect()) == ("pl", OPEN_IN["pl"])
