"""What every page needs: the shop's name, who is looking, and the ticket for live news. Read only when a page asks."""

from __future__ import annotations

import hashlib
from functools import cached_property

from django.http import HttpRequest

from tollkeeper.core.settings import settings
from tollkeeper.core.tickets import issue
from tollkeeper.storefront.visitor import Visitor


class Page:
    """The frame around a page."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    @property
    def shop_name(self) -> str:
        """The shop's name."""
        return settings().shop_name

    @property
    def is_practice(self) -> bool:
        """Whether no real money moves here."""
        return not settings().production

    @property
    def is_somebody(self) -> bool:
        """Whether there can be orders to show."""
        return self.visitor.is_somebody

    @cached_property
    def live_ticket(self) -> str:
        """The ticket for `/live`; empty for who has nothing to wait for."""
        if not self.is_somebody:
            return ""
        return issue(person_id=self.visitor.person_id, references=self.visitor.references)

    @cached_property
    def live_scope(self) -> str:
        """Changes when a ticket would show other things; the tab that holds the connection then takes a new one."""
        if not self.is_somebody:
            return ""
        parts = [str(self.visitor.person_id), *sorted(self.visitor.references)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @cached_property
    def live_states(self) -> str:
        """What this page already knows: `REFERENCE:payment:access`, separated by spaces."""
        return " ".join(f"{o.reference}:{o.payment_state}:{o.access}" for o in self.visitor.orders)


def page(request: HttpRequest) -> dict[str, Page]:
    """The context processor; absent where sessions do not run (the error pages), and the frame copes."""
    if not hasattr(request, "session") or not hasattr(request, "user"):
        return {}
    return {"page": Page(Visitor.of(request))}
