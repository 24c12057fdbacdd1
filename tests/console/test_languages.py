"""A member of staff who reads Polish or Ukrainian reads nothing in English about a payment."""

from __future__ import annotations

import html
import itertools
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from console import make
from core.make import first_mail
from rules.test_reducer import COMING_BACK, EVERYTHING, PAYMENT
from storefront import make as shop
from tollkeeper.console import words
from tollkeeper.core.clock import now
from tollkeeper.core.errors import Refusal
from tollkeeper.payments.ledger.journal import SUGGESTIONS, tell_staff
from tollkeeper.payments.ledger.state import TRANSITIONS, Access, Kind, PaymentState, Trouble
from tollkeeper.reporting.replay import OPENING, STATES, _moves, told
from tollkeeper.reporting.story import Story

LANGUAGES = ("pl", "uk")
REFUSING = (
    "tollkeeper.payments.ledger.errors",
    "tollkeeper.fulfilment.enrolments.errors",
    "tollkeeper.console.errors",
    "tollkeeper.core.switchboard",
)
"""Rooms whose refusals the office's acts meet."""

pytestmark = pytest.mark.parametrize("language", LANGUAGES)


def english_left(language, sentences):
    """Of what `sentences` gives, what reads the same as in English."""
    with override("en"):
        before = list(sentences())
    with override(language):
        after = list(sentences())
    assert len(before) == len(after) > 0
    return [text for text, other in zip(before, after, strict=True) if text == other]


def answers():
    """What the page says for every method, state and access, open or not."""
    for method, state, access in itertools.product(("ikhokha", *words.METHODS), PaymentState, Access):
        row = SimpleNamespace(
            gateway=method, state=state, access=access, reference="R", created_at=now(), amount_minor=1, currency="ZAR"
        )
        for grant in (None, {"state": "open"}):
            yield Story(row, "T", (), grant=grant, true_to_books=True).answer


def moves():
    for start, end in itertools.permutations(PaymentState, 2):
        before = SimpleNamespace(state=start, access=Access.NONE)
        yield from _moves(before, SimpleNamespace(state=end, access=Access.NONE))


def reasons():
    from django.utils.translation import gettext

    yield from (gettext(why) for others in TRANSITIONS.values() for why in others.values())


def test_every_kind_of_evidence_is_told_in_the_readers_language(language):
    assert english_left(language, lambda: [told(item, PAYMENT) for item in EVERYTHING + COMING_BACK]) == []
    assert {item.kind for item in EVERYTHING + COMING_BACK} == set(Kind)


@pytest.mark.parametrize("sentences", [answers, moves, reasons])
def test_every_answer_and_move_is_told_in_the_readers_language(language, sentences):
    assert english_left(language, sentences) == []


@pytest.mark.parametrize("table", ["state", "access", "trouble", "verdict", "message", "run", "grant", "right"])
def test_every_word_for_what_is_stored_is_in_the_readers_language(language, table):
    assert english_left(language, lambda: [str(word.text) for word in words.TABLES[table].values()]) == []


def test_every_sentence_of_a_table_is_in_the_readers_language(language):
    for table in (OPENING, STATES, SUGGESTIONS, words.STAGES, words.REFUSALS):
        assert english_left(language, lambda table=table: map(str, table.values())) == []
    assert SUGGESTIONS.keys() == set(Trouble)


def test_every_refusal_of_an_act_is_in_the_readers_language(language):
    refusals = [
        thing
        for module in map(import_module, REFUSING)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Refusal) and thing.__module__ == module.__name__
    ]

    assert len(refusals) > 10
    assert english_left(language, lambda: [words.why_not(refusal()) for refusal in refusals]) == []


def test_timeline_shows_no_english_sentence(language, buyer, course, staff, browser):
    kinds = (
        Kind.OPENED,
        Kind.CALLBACK_FAILURE,
        Kind.CALLBACK_SUCCESS,
        Kind.STATUS_UNPAID,
        Kind.EXPIRED,
        Kind.CANCELLED,
    )
    payment = shop.order(buyer, course, *kinds)
    make.intervention(payment, Trouble.WRONG_AMOUNT)
    client = browser(staff)
    path = f"/console/payments/{payment.id}/"
    in_english = [sentence for sentence in sentences_of(payment) if sentence in html.unescape(client.get(path).text)]
    client.cookies["django_language"] = language

    page = html.unescape(client.get(path).text)

    assert len(in_english) > len(kinds)
    assert [sentence for sentence in in_english if sentence in page] == []


def test_closed_intervention_tells_what_closed_it(language, pending, staff, browser):
    found = make.intervention(pending, Trouble.WRONG_AMOUNT)
    client = browser(staff)
    client.cookies["django_language"] = language
    client.post(f"/console/payments/{pending.id}/decide/", {"decision": "approve", "reason": "Widać to w banku."})

    pages = [client.get(path).text for path in ("/console/closed/", f"/console/interventions/{found}/")]

    assert all("Widać to w banku." in page and "approved: " not in page.lower() for page in pages)


def test_mail_to_staff_is_in_their_language(language, pending, staff, connect):
    from tollkeeper.accounts.models import Person

    Person.objects.filter(pk=staff.pk).update(language=language)
    make.intervention(pending, Trouble.WRONG_AMOUNT)

    mail = first_mail(connect(), tell_staff, staff.email)

    with override(language):
        assert mail.subject.endswith(str(words.TROUBLES[Trouble.WRONG_AMOUNT].text))
        assert mail.text.startswith(str(SUGGESTIONS[Trouble.WRONG_AMOUNT]))


def sentences_of(payment):
    """All that the page tells of a payment, in English."""
    from tollkeeper.payments.ledger.queries import find_payment
    from tollkeeper.reporting.story import story_of

    with override("en"):
        story = story_of(find_payment(str(payment.id)))
        told_of = [text for step in story.steps for text in (step.said, *step.followed)]
        return {story.answer, *told_of, "The order was stored.", "A person was asked to look"}
