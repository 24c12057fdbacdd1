"""One cell of the chaos table: customers buy while the gateway misbehaves in one way, under one policy."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tollkeeper.core import clock
from tollkeeper.core.database import connect, plain_cursor
from tollkeeper.core.settings import Policy
from tollkeeper.proofs.chaos_table import End, Faults, Row
from tollkeeper.proofs.customer import Customer, Failed, press
from tollkeeper.server.environment import Instance

PAYERS = ("stays and looks", "comes back once", "closes the tab")
BYSTANDERS = ("is declined", "walks away")
LOOKS_EVERY_SECONDS = 0.5
AFTER_SECONDS = 5.0
"""How long the gateway stays silent in a row where no payer gets access before it answers again."""
_PAUSE_SECONDS = 0.1
_SWEEP_SECONDS = 60

_STANDING = """
SELECT payment.id, payment.state, payment.access,
    (SELECT count(*) FROM enrolments_grant WHERE payment_id = payment.id AND state = 'open'),
    (SELECT count(*) FILTER (WHERE kind = 'access.open') - count(*) FILTER (WHERE kind = 'access.suspended')
        FROM core_journal WHERE payment_id = payment.id),
    (SELECT min(at) FROM core_journal WHERE payment_id = payment.id AND kind = 'access.open'),
    (SELECT count(*) FROM ledger_order WHERE person_id = payment.person_id),
    (SELECT count(*) FROM ledger_intervention WHERE payment_id = payment.id AND closed_at IS NULL)
FROM ledger_payment AS payment WHERE payment.id = ANY(%s)
"""


class Standing(NamedTuple):
    """How a payment stands in the books."""

    payment_id: UUID
    state: str
    access: str
    grants: int
    openings: int
    """Less the suspensions: what a contradiction closed and the truth opened again was opened once."""
    opened_at: datetime | None
    orders: int
    asked: int


@dataclass(frozen=True)
class Place:
    """An instance under one policy.

    Args:
        policy: which.
        instance: where it answers.
        env: for a process that acts on it.
        slugs: courses to buy.
    """

    policy: Policy
    instance: Instance
    env: Mapping[str, str] = field(repr=False)
    slugs: tuple[str, ...]

    @property
    def sandbox(self) -> str:
        return self.instance.sandbox_address or ""

    @property
    def dsn(self) -> str:
        return self.instance.environment["TOLLKEEPER_DATABASE_URL"]

    def misbehave(self, faults: Faults) -> None:
        """Tell the sandbox what to do wrong from now on."""
        httpx.put(f"{self.sandbox}/control/chaos", json=faults, trust_env=False).raise_for_status()

    def sweep(self) -> None:
        """Read the gateway's history, in a process of its own."""
        argv = [sys.executable, "-m", "tollkeeper.proofs.chaos_sweep"]
        env = {**self.env, **self.instance.environment}
        subprocess.run(argv, env=env, check=True, capture_output=True, timeout=_SWEEP_SECONDS)  # noqa: S603  our own


@dataclass
class Buyer:
    """A customer of a cell: what they do, and what is known of them."""

    kind: str
    customer: Customer
    slug: str
    payment_id: UUID | None = None
    order_path: str = ""
    pressed_at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of a row under a policy.

    Args:
        row, policy: which.
        end: what was wanted.
        payers, opened: how many paid, and how many of them have access.
        slowest_seconds: from the press of the button to access; None where nobody has it.
        wrong: everything that is not as it must be, in words.
    """

    row: str
    policy: str
    end: str
    payers: int
    opened: int
    slowest_seconds: float | None
    wrong: tuple[str, ...] = ()


class Play:
    """Plays one cell.

    Args:
        place: where.
        row: what goes wrong.
        payers: how many customers pay; two more do not.
        name: makes the customers' addresses unique.
    """

    def __init__(self, place: Place, row: Row, *, payers: int, name: str) -> None:
        self._place = place
        self._row = row
        kinds = [PAYERS[number % len(PAYERS)] for number in range(payers)]
        if row.lights_out:
            kinds = ["closes the tab"] * payers
        self._buyers = [
            Buyer(kind, Customer(place.instance.local_address, f"{name}-{number}@example.com"), slug)
            for number, (kind, slug) in enumerate(zip([*kinds, *BYSTANDERS], _around(place.slugs), strict=False))
        ]
        self._payers = self._buyers[:payers]

    def run(self) -> Cell:
        """Play, and judge."""
        end = self._row.ends[self._place.policy]
        self._place.misbehave(self._row.faults)
        with ThreadPoolExecutor(len(self._buyers)) as pool:
            done = [pool.submit(self._buy, buyer) for buyer in self._buyers]
            if not self._row.lights_out:
                _until(lambda: all(one.done() for one in done), self._row.seconds)
        wrong = [f"a customer who {buyer.kind}: {buyer.trouble}" for buyer in self._buyers if buyer.trouble]
        wrong += self._ending(end) if not wrong else []
        ended = self._standings(self._payers)
        self._place.misbehave({})
        httpx.post(f"{self._place.sandbox}/control/drain", json={}, timeout=30, trust_env=False)
        return self._judged(end, ended, [*wrong, *self._never()])

    def _ending(self, end: End) -> list[str]:
        if end is End.AFTER:
            early = [one.state for one in self._standings(self._payers) if one.access == "open"]
            self._place.misbehave({})
            for buyer in self._payers:
                buyer.customer.visit(buyer.order_path)
            return [*(f"access while nothing was confirmed ({state})" for state in early), *self._all_open()]
        if end is End.ASKED:
            return self._all_asked()
        if self._row.lights_out:
            self._place.sweep()
            self._place.sweep()
        return self._all_open()

    def _all_open(self) -> list[str]:
        if _until(lambda: all(one.access == "open" for one in self._standings(self._payers)), self._row.seconds):
            return []
        return [
            f"paid, and after {self._row.seconds:.0f} s the payment is {one.state}, access {one.access}"
            for one in self._standings(self._payers)
            if one.access != "open"
        ]

    def _all_asked(self) -> list[str]:
        def asked() -> bool:
            return all(one.asked and one.access != "open" for one in self._standings(self._payers))

        if _until(asked, self._row.seconds):
            return []
        return [
            f"contradicted, and the payment is {one.state}, access {one.access}, interventions {one.asked}"
            for one in self._standings(self._payers)
        ]

    def _never(self) -> list[str]:
        """What must never be, whatever the row."""
        bystanders = self._standings([buyer for buyer in self._buyers if buyer not in self._payers])
        everybody = self._standings(self._buyers)
        return [
            *(f"access without payment ({one.state})" for one in bystanders if one.access != "none" or one.grants),
            *(f"{one.orders} orders for one purchase" for one in everybody if one.orders != 1),
            *(f"granted {one.grants} times" for one in everybody if one.grants > 1),
            *(f"opened {one.openings} times in the journal" for one in everybody if one.openings > 1),
            *(page for buyer in self._buyers for page in buyer.customer.bad_pages),
        ]

    def _judged(self, end: End, ended: Sequence[Standing], wrong: Sequence[str]) -> Cell:
        stands = {one.payment_id: one for one in ended}
        waits = [
            (stands[buyer.payment_id].opened_at - buyer.pressed_at).total_seconds()  # type: ignore[operator]
            for buyer in self._payers
            if buyer.pressed_at and buyer.payment_id in stands and stands[buyer.payment_id].opened_at
        ]
        for buyer in self._buyers:
            buyer.customer.close()
        return Cell(
            row=self._row.name,
            policy=self._place.policy,
            end=end,
            payers=len(self._payers),
            opened=sum(one.access == "open" for one in stands.values()),
            slowest_seconds=round(max(waits), 2) if waits else None,
            wrong=tuple(wrong),
        )

    def _buy(self, buyer: Buyer) -> None:
        try:
            pay_url = buyer.customer.order(buyer.slug)
            self._learn(buyer, pay_url)
            if buyer.kind == "walks away":
                return
            buyer.pressed_at = clock.now()
            answer = press(pay_url, "decline" if buyer.kind == "is declined" else "card")
            back = urlsplit(answer.headers["location"])
            if buyer.kind in ("stays and looks", "comes back once", "is declined"):
                buyer.customer.visit(f"{back.path}?{back.query}")
            if buyer.kind == "stays and looks":
                self._look(buyer)
        except (Failed, httpx.HTTPError, KeyError) as error:
            buyer.trouble = f"{type(error).__name__}: {error}"

    def _learn(self, buyer: Buyer, pay_url: str) -> None:
        """What the sandbox knows of the order, so that the books can be asked about it."""
        link_id = urlsplit(pay_url).path.rpartition("/")[2]
        link = httpx.get(f"{self._place.sandbox}/control/links/{link_id}", trust_env=False).json()
        buyer.payment_id = UUID(link["externalTransactionID"])
        buyer.order_path = urlsplit(link["success_url"]).path

    def _look(self, buyer: Buyer) -> None:
        """The waiting page, until there is news or patience ends; its beat keeps the ladder climbing."""
        reference = buyer.order_path.strip("/").partition("/")[2]
        waits = AFTER_SECONDS if self._row.ends[self._place.policy] is End.AFTER else self._row.seconds / 2
        deadline = clock.monotonic() + waits
        while clock.monotonic() < deadline:
            if buyer.customer.state(reference).get("payment") in ("paid", "questioned"):
                return
            time.sleep(LOOKS_EVERY_SECONDS)

    def _standings(self, buyers: Sequence[Buyer]) -> list[Standing]:
        ids = [buyer.payment_id for buyer in buyers if buyer.payment_id]
        return standings(self._place.dsn, ids)


def standings(dsn: str, ids: Sequence[UUID]) -> list[Standing]:
    """How payments stand in the books."""
    with connect(dsn, name="proof", autocommit=True) as connection, plain_cursor(connection) as cursor:
        cursor.execute(_STANDING, (list(ids),))
        return [Standing(*row) for row in cursor.fetchall()]


def without_access(place: Place) -> list[str]:
    """How the access stands of everybody whom the sandbox knows to have paid, and who has none."""
    paid, after = [], 0
    while links := httpx.get(f"{place.sandbox}/control/links", params={"after": after}, trust_env=False).json():
        paid += [UUID(link["externalTransactionID"]) for link in links if link["state"] == "PAID"]
        after = links[-1]["number"]
    return [one.access for one in standings(place.dsn, paid) if one.access != "open"]


def slugs(dsn: str) -> tuple[str, ...]:
    """The courses for sale."""
    with connect(dsn, name="proof", autocommit=True) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT slug FROM catalog_course WHERE active ORDER BY position"
        ).fetchall()
    return tuple(row[0] for row in rows)


def _around(names: Sequence[str]) -> Iterator[str]:
    while True:
        yield from names


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = clock.monotonic() + seconds
    while not condition():
        if clock.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
