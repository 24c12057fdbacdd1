"""Checkouts: somebody begins to buy a course."""

from __future__ import annotations

from functools import partial

from accounts.make import guest
from catalog.make import course
from tollkeeper.checkout.services import Browser, Guest, begin
from tollkeeper.core.ids import new_id


def guest_beginning(email="new@example.com", network="196.25.1.1", **more):
    """The same by somebody who typed an address."""
    words = {"attempt": new_id(), "course": course(price_minor=49_900)} | more
    return partial(begin, buyer=Guest(email, network), language="en", **words)


def beginning(buyer=None, of=None, *, signed_in=True, known=(), **more):
    """The act of beginning, ready to be done once or several times."""
    buyer, of = buyer or guest("buyer@example.com"), of or course(price_minor=49_900)
    words = {"attempt": new_id()} | more
    return partial(begin, buyer=buyer.pk, course=of, language="en", browser=Browser(signed_in, known), **words)
