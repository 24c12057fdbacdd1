"""The registry: how a room, or a package of somebody else, offers itself to rooms that may not import it.

A third party registers through an entry point in the group `tollkeeper.<socket>`; a room of ours in its app's `ready`,
or from `server/rooms.py` where no framework is running.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from tollkeeper.core.errors import Refusal

if TYPE_CHECKING:
    from tollkeeper.core.checks import Check
    from tollkeeper.core.database import Cursor

Thing = TypeVar("Thing")


class Unregistered(Refusal):
    """Nothing of that name is registered."""

    code = "unregistered"
    http_status = 404


class Socket(Generic[Thing]):
    """Things of one kind by name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._things: dict[str, Thing] = {}
        self._searched = False

    def register(self, name: str, thing: Thing) -> None:
        """Offer a thing; the same name again replaces it."""
        self._things[name] = thing

    def get(self, name: str) -> Thing:
        """The thing of that name.

        Raises:
            Unregistered: with the names there are.
        """
        if name not in self._things:
            self._search()
        if name not in self._things:
            known = ", ".join(sorted(self._things)) or "nothing"
            raise Unregistered(f"There is no {self.name} named {name!r}; there is {known}.")
        return self._things[name]

    def __iter__(self) -> Iterator[tuple[str, Thing]]:
        self._search()
        return iter(sorted(self._things.items()))

    def _search(self) -> None:
        if self._searched:
            return
        self._searched = True
        for entry in entry_points(group=f"tollkeeper.{self.name}"):
            self._things.setdefault(entry.name, entry.load())


class Claim(msgspec.Struct, frozen=True):
    """One order line whose access is to be brought to a state.

    Args:
        line_id: the order line; a grant is unique for it.
        payment_id: which payment asks.
        person_id: who gets the access.
        item: what was bought, `kind:id`.
        access: the wanted state, a value of `payments.ledger.state.Access`.
        route: how it was approved, `fast_track` or `queue`.
    """

    line_id: UUID
    payment_id: UUID
    person_id: UUID
    item: str
    access: str
    route: str | None


class Fulfiller(Protocol):
    """Hands over what was bought. Runs inside settle's transaction, under the till's role, without a framework."""

    def fulfil(self, cursor: Cursor, claims: Sequence[Claim]) -> frozenset[UUID]:
        """Bring each claim's grant to the wanted state; giving the same claim twice changes nothing.

        Args:
            cursor: open, inside settle's transaction.
            claims: all of this fulfiller's kind; it locks what it writes in the order of `line_id`.

        Returns:
            The lines that another payment already opened; the caller turns those into interventions.
        """
        ...


class Exporter(Protocol):
    """Gives out what a room knows of a person (POPIA section 23, GDPR article 15)."""

    def export(self, person_id: UUID) -> Mapping[str, object]:
        """Everything stored about the person, ready for JSON."""
        ...


fulfillers: Socket[Fulfiller] = Socket("fulfiller")
checks: Socket[Check] = Socket("check")
exporters: Socket[Exporter] = Socket("exporter")
