"""Staff's streams: told that the queue moved, by whatever moved it, and told nothing about whom."""

from __future__ import annotations

import asyncio
import os

import psycopg
import pytest

from storefront import make
from tollkeeper.core.clock import monotonic
from tollkeeper.core.tickets import issue


def newest_line():
    """The number of the journal's newest line; where there is none, lower than any."""
    with psycopg.connect(os.environ["TOLLKEEPER_DATABASE_URL"]) as connection:
        return connection.execute("SELECT coalesce(max(id), -1000) FROM core_journal").fetchone()[0]


class Streams:
    """Open streams of one web process, and what each was sent."""

    def __init__(self) -> None:
        from tollkeeper.payments.intake.notebook import Notebook
        from tollkeeper.server.live import Live

        self.live = Live(os.environ["TOLLKEEPER_DATABASE_URL"], Notebook(os.environ["TOLLKEEPER_DATABASE_URL"]))

    async def heard(self, tickets, act, *, until):
        """What streams with these tickets hear after an act, until `until` holds or five seconds have passed."""
        heard = [b"" for _ in tickets]
        opened = [self._open(number, ticket, heard) for number, ticket in enumerate(tickets)]
        tasks = [asyncio.create_task(self.live.listen()), *map(asyncio.create_task, opened)]
        await self._wait(lambda: all(b"retry:" in text for text in heard))
        await self._wait(lambda: self.live._newest is not None)
        # A listener begins a little before the newest line: what it tells of the past must not pass for the act's news.
        latest = await asyncio.to_thread(newest_line)
        await self._wait(lambda: self.live._newest >= latest)
        await asyncio.sleep(0)
        heard[:] = [b"" for _ in tickets]
        await asyncio.to_thread(act)
        await self._wait(lambda: until(heard))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return heard

    async def _open(self, number, ticket, heard):
        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            heard[number] += message.get("body", b"")

        await self.live({"path": "/live", "query_string": f"ticket={ticket}".encode()}, receive, send)

    @staticmethod
    async def _wait(holds):
        deadline = monotonic() + 5
        while not holds() and monotonic() < deadline:  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.02)


@pytest.fixture
def tickets(staff, colleague, buyer):
    return [issue(person_id=staff.pk, staff=True), issue(person_id=colleague.pk, staff=True), issue(person_id=buyer.pk)]


def on_a_thread(act):
    from django.db import connections

    def alone():
        try:
            act()
        finally:
            connections.close_all()

    return alone


def test_new_payment_in_the_queue_is_told_to_every_member_of_staff(tickets, buyer, course, slow_track):
    act = on_a_thread(lambda: make.paid(buyer, course))

    heard = asyncio.run(Streams().heard(tickets, act, until=lambda heard: all(b"queue" in one for one in heard[:2])))

    assert [one.count(b"event: queue") > 0 for one in heard] == [True, True, False]
    assert buyer.email.encode() not in heard[0]
    assert b"event: order" not in heard[0]


def test_decision_of_a_colleague_is_told(tickets, pending, colleague):
    from tollkeeper.payments.ledger.services import approve

    act = on_a_thread(lambda: approve(pending.id, by=colleague.email, reason="The bank shows it."))

    heard = asyncio.run(Streams().heard(tickets, act, until=lambda heard: b"queue" in heard[0]))

    assert b"event: queue" in heard[0]


def test_payment_that_the_gateway_takes_out_of_the_queue_is_told(tickets, buyer, course):
    from payments import make as till
    from tollkeeper.payments.ledger.state import Kind

    payment = till.waiting(buyer.email, item=course.item)
    till.tell(payment, Kind.STATUS_PAID, amount_minor=1)
    act = on_a_thread(lambda: till.tell(payment, Kind.STATUS_PAID))

    heard = asyncio.run(Streams().heard(tickets, act, until=lambda heard: b"queue" in heard[0]))

    assert b"event: queue" in heard[0]


def test_decision_about_what_the_gateway_never_confirmed_is_told(tickets, buyer, course, colleague):
    from payments import make as till
    from tollkeeper.core.database import till as as_till
    from tollkeeper.core.orm import raw_cursor
    from tollkeeper.payments.ledger.services import approve
    from tollkeeper.payments.ledger.settle import open_interventions
    from tollkeeper.payments.ledger.state import Kind, Trouble

    payment = make.order(buyer, course, Kind.OPENED)
    till.tell(payment, Kind.CALLBACK_SUCCESS)
    with raw_cursor() as cursor, as_till(cursor):
        open_interventions(cursor, [(payment.id, Trouble.UNCONFIRMED)])
    act = on_a_thread(lambda: approve(payment.id, by=colleague.email, reason="The dashboard shows it."))

    heard = asyncio.run(Streams().heard(tickets, act, until=lambda heard: b"queue" in heard[0]))

    assert b"event: queue" in heard[0]


def test_what_opens_by_itself_disturbs_nobody(tickets, buyer, course):
    act = on_a_thread(lambda: make.paid(buyer, course))

    heard = asyncio.run(Streams().heard(tickets, act, until=lambda heard: b'"access":"open"' in heard[2]))

    assert b'"access":"open"' in heard[2]
    assert b"event: queue" not in heard[0] + heard[1]


def test_ticket_of_a_buyer_cannot_be_made_one_of_staff(buyer):
    from tollkeeper.core.tickets import BadTicket, read

    body, seal = issue(person_id=buyer.pk).split(".")
    theirs = issue(person_id=buyer.pk, staff=True).split(".")[0]

    assert read(f"{body}.{seal}").staff is False
    with pytest.raises(BadTicket):
        read(f"{theirs}.{seal}")
