"""What a payer can do with a link: pay, be declined, walk away. Pay page, control API and `fire` all come here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from tollkeeper.sandbox.callbacks import Callback, PostOffice
from tollkeeper.sandbox.chaos import Chaos, How, Where
from tollkeeper.sandbox.errands import Errand, Errands
from tollkeeper.sandbox.links import Link, Links, State, instant


class Act(StrEnum):
    """The buttons of the pay page."""

    CARD = "card"
    EFT = "eft"
    DECLINE = "decline"
    CANCEL = "cancel"


class NoSuchLink(Exception):
    """There is no payment link with that id."""


class AlreadyPaid(Exception):
    """This link is paid; it cannot be used again."""


@dataclass(frozen=True)
class Outcome:
    """Where the browser goes next, and the callback's errand if one is under way."""

    redirect_url: str
    errand: Errand | None = None


class Desk:
    """Acts on links."""

    def __init__(self, links: Links, office: PostOffice, errands: Errands, chaos: Chaos) -> None:
        self.links = links
        self.office = office
        self.errands = errands
        self.chaos = chaos

    def link(self, paylink_id: str) -> Link:
        """Return the link.

        Raises:
            NoSuchLink: no link has this id.
        """
        link = self.links.get(paylink_id)
        if link is None:
            raise NoSuchLink("There is no payment link with that id.")
        return link

    def act(self, paylink_id: str, act: Act, *, gate: asyncio.Semaphore | None = None) -> Outcome:
        """Do what the button says; callbacks leave behind the answer.

        Args:
            paylink_id: the link.
            act: the button.
            gate: bounds the callbacks under way.

        Raises:
            NoSuchLink: no link has this id.
            AlreadyPaid: a paid link takes no further act.
        """
        link = self.link(paylink_id)
        if link.state is State.PAID:
            raise AlreadyPaid("This link is paid; it cannot be used again.")
        match act:
            case Act.CARD | Act.EFT:
                return self._pay(link, act, gate)
            case Act.DECLINE:
                link.state = State.FAILED
                self.links.keep(link)
                return Outcome(link.failure_url, self.errands.begin(self._tell(link, "FAILURE", gate=gate)))
            case Act.CANCEL:
                return Outcome(link.cancel_url)

    def redeliver(self, callback: Callback, *, faultless: bool) -> Errand:
        """Send what the callback told once more, as a new callback.

        Raises:
            NoSuchLink: its link was forgotten by a reset.
        """
        return self.errands.begin(self._tell(self.link(callback.paylink_id), callback.status, faultless=faultless))

    def _pay(self, link: Link, means: Act, gate: asyncio.Semaphore | None) -> Outcome:
        struck = self.chaos.strike(Where.PAY, link.paylink_id)
        if late := struck.get(How.LATE):
            return Outcome(link.cancel_url, self.errands.begin(self._pay_late(link, means, late["late_ms"])))
        self._mark_paid(link, means)
        if first := struck.get(How.FAILURE_FIRST):
            return Outcome(link.success_url, self.errands.begin(self._tell_both(link, first["gap_ms"], gate)))
        return Outcome(link.success_url, self.errands.begin(self._tell(link, "SUCCESS", gate=gate)))

    def _mark_paid(self, link: Link, means: Act) -> None:
        link.state, link.paid_at, link.paid_by = State.PAID, instant(), means.value
        self.links.keep(link)

    async def _pay_late(self, link: Link, means: Act, late_ms: int) -> None:
        await asyncio.sleep(late_ms / 1000)
        if link.state is not State.PAID:
            self._mark_paid(link, means)
            await self._tell(link, "SUCCESS")

    async def _tell_both(self, link: Link, gap_ms: int, gate: asyncio.Semaphore | None) -> None:
        await self._tell(link, "FAILURE", gate=gate)
        await asyncio.sleep(gap_ms / 1000)
        await self._tell(link, "SUCCESS", gate=gate)

    async def _tell(
        self, link: Link, status: str, *, faultless: bool = False, gate: asyncio.Semaphore | None = None
    ) -> None:
        await self.office.send(link, status, faultless=faultless, gate=gate)
