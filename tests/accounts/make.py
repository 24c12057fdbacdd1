"""People, and what the outbox holds for them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tollkeeper.accounts.services import person_for_checkout, register_person
from tollkeeper.messaging.models import OutboxMessage

PASSWORD = "a long road to town"


def guest(email="guest@example.com"):
    return person_for_checkout(email=email, language="en")


def member(email="buyer@example.com", *, is_staff=False):
    return register_person(email=email, name="Buyer", password=PASSWORD, is_staff=is_staff)


def mails():
    return list(OutboxMessage.objects.order_by("created_at", "id"))


def mailed_link():
    """The path and query of the newest link that was mailed."""
    found = re.search(r"http\S+/account/link/\S+", mails()[-1].text)
    assert found, "the newest mail has no sign-in link"
    address = urlsplit(found.group())
    return f"{address.path}?{address.query}"


def make_older(seconds, owner):
    """Let time pass for what was counted."""
    owner.execute("UPDATE accounts_attempt SET at = at - make_interval(secs => %s)", (seconds,))
