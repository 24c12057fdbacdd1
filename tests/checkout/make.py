"""Checkouts: somebody begins to buy a course."""

from __future__ import annotations

from functools import partial

from accounts.make import guest
from catalog.make import course
from tollkeeper.checkout.services import begin
from tollkeeper.core.ids import new_id


def beginning(buyer=None, of=None, **more):
    """The act of beginning, ready to be done once or several times."""
    buyer, of = buyer or guest("buyer@example.com"), of or course(price_minor=49_900)
    words = {"signed_in": True, "attempt": new_id()} | more
    return partial(begin, person_id=buyer.pk, course=of, language="en", **words)
