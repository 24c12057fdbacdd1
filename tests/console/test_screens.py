"""The screen update rate: of the browsers that listened when something opened, those that say they showed it."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from console.test_live import Streams, on_a_thread
from storefront import make
from tollkeeper.core.tickets import issue
from tollkeeper.payments.ledger.queries import screens_of


def reported(live, payment_id, stream, ticket):
    """A browser's report of what its page showed."""
    body = json.dumps({"ticket": ticket, "payment_id": str(payment_id), "ms": 12.5, "stream": stream}).encode()
    answers = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        answers.append(message)

    asyncio.run(live({"path": "/live/shown", "method": "POST"}, receive, send))
    return answers[0]["status"]


def streams_in(heard):
    return [re.search(rb'"stream":"([\w-]+)"', text)[1].decode() for text in heard]


@pytest.fixture
def told(buyer, course):
    """Two browsers of a buyer, told that their payment opened the course."""
    streams, ticket, paid = Streams(), issue(person_id=buyer.pk), []
    act = on_a_thread(lambda: paid.append(make.paid(buyer, course)))
    both_open = lambda heard: all(b'"access":"open"' in text for text in heard)  # noqa: E731
    heard = asyncio.run(streams.heard([ticket, ticket], act, until=both_open))
    return streams.live, paid[0].id, streams_in(heard), ticket


def counted(live, payment_id):
    live._notebook.start()
    live._notebook.stop()
    return screens_of(payment_id)


def test_browsers_that_listened_are_counted_and_one_that_showed_it(told):
    live, payment_id, (first, second), ticket = told
    assert first != second

    assert reported(live, payment_id, first, ticket) == 204

    assert counted(live, payment_id) == (2, 1)


def test_browser_with_many_tabs_counts_once(told):
    live, payment_id, (first, _), ticket = told

    for _ in range(3):
        reported(live, payment_id, first, ticket)

    assert counted(live, payment_id) == (2, 1)


def test_browser_that_came_later_was_not_listening(told):
    live, payment_id, _, ticket = told

    for stream in ("later", "", "\x00" * 9):
        reported(live, payment_id, stream, ticket)

    assert counted(live, payment_id) == (2, 0)


def test_office_shows_the_rate(told, staff, browser):
    live, payment_id, (first, _), ticket = told
    reported(live, payment_id, first, ticket)
    counted(live, payment_id)

    today = browser(staff).get("/console/").text

    assert "Of 2 browsers that listened" in today
    assert "50.0 %" in today
