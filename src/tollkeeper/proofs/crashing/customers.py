"""The customers of the crash proof, and the gateway's callbacks, sent again and again until each is acknowledged.

The callback is composed and signed here from the contract (docs/reference/ikhokha.md 1.5 and 1.10), not by our gateway
and not by the sandbox, which is told to send none.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, Full, Queue
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tollkeeper.core import clock
from tollkeeper.core.ids import new_id
from tollkeeper.proofs.customer import Customer, Failed, patiently, press
from tollkeeper.sandbox.chaos import fraction

STOCK = 30
"""Orders kept ready to be paid, so that payments flow although checkout takes longer."""
ORDERING, PAYING = 2, 3
"""Threads of each."""
STRANGERS_EVERY = 12
PAUSE_SECONDS = 0.15
_KINDS = (
    ("pays", 0.55),
    ("pays, is told twice", 0.67),
    ("is declined, then pays", 0.79),
    ("pays, returns first", 0.91),
    ("walks away", 0.96),
    ("lies", 1.0),
)
"""What a customer does, with the dice below which they do it. Of a liar a signed callback says paid, and they are not:
whoever holds the secret could send that, so it must open nothing."""


@dataclass(frozen=True, slots=True)
class Ack:
    """A callback that was answered 200: `paid` is what it says, `at` when the answer was here."""

    payment_id: UUID
    digest: str
    paid: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """An order with its pay page."""

    number: int
    kind: str
    customer: Customer
    pay_url: str
    payment_id: UUID
    path: str
    link_id: str


@dataclass
class Ledger:
    """What the outside world knows to be true, whatever the shop's books say."""

    acks: list[Ack] = field(default_factory=list)
    paid: set[UUID] = field(default_factory=set)
    liars: set[UUID] = field(default_factory=set)
    emails: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Digests of signed callbacks about payments that never were."""
    bad_pages: list[str] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """Where everybody meets.

    Args:
        shop, sandbox: addresses.
        app_id, secret: what the gateway signs with.
        slugs: courses to buy.
        seed: decides who does what.
    """

    shop: str
    sandbox: str
    app_id: str
    secret: str = field(repr=False)
    slugs: tuple[str, ...]
    seed: int


class Crowd:
    """Customers ordering and paying, in threads, until told to stop."""

    def __init__(self, world: World) -> None:
        self.ledger = Ledger()
        self.liars_allowed = threading.Event()
        """A caught lie makes the shop strict for good, so lies come late."""
        self._world = world
        self._stock: Queue[Sale] = Queue(STOCK)
        self._no_more_orders = threading.Event()
        self._over = threading.Event()
        self._numbers = iter(range(1_000_000_000))
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._order, daemon=True) for _ in range(ORDERING)]
        self._payers = [threading.Thread(target=self._pay, daemon=True) for _ in range(PAYING)]

    def start(self) -> None:
        """Open the doors."""
        reply = httpx.put(f"{self._world.sandbox}/control/chaos", json={"callback.drop": {}}, trust_env=False)
        reply.raise_for_status()
        for thread in self._threads + self._payers:
            thread.start()

    def stop(self, *, seconds: float, at_once: bool = False) -> None:
        """Let in nobody else, and wait until everybody inside is done.

        Args:
            seconds: how long that may take.
            at_once: they leave what they do undone.

        Raises:
            Failed: they are not, after that time.
        """
        if at_once:
            self._over.set()
        self._no_more_orders.set()
        deadline = clock.monotonic() + seconds
        for thread in self._threads + self._payers:
            thread.join(max(0.0, deadline - clock.monotonic()))
            if thread.is_alive():
                raise Failed(f"Customers were still waiting after {seconds:.0f} s.")

    def _order(self) -> None:
        while not self._no_more_orders.is_set():
            with self._guard:
                number = next(self._numbers)
            customer = Customer(self._world.shop, f"payer-{number}@example.com", self._over.is_set)
            self.ledger.emails.append(customer.email)
            queued = False
            try:
                queued = self._queue(self._ordered(number, customer))
            except (Failed, httpx.HTTPError) as error:
                self.ledger.gave_up.append(f"customer {number} could not order: {error}")
            if not queued:
                self._leave(customer)

    def _ordered(self, number: int, customer: Customer) -> Sale:
        slugs = self._world.slugs
        pay_url = customer.order(slugs[number % len(slugs)])
        link_id = urlsplit(pay_url).path.rpartition("/")[2]
        link = httpx.get(f"{self._world.sandbox}/control/links/{link_id}", trust_env=False).json()
        kind = self._kind(number)
        path = urlsplit(link["callback_url"]).path
        return Sale(number, kind, customer, pay_url, UUID(link["externalTransactionID"]), path, link_id)

    def _kind(self, number: int) -> str:
        dice = fraction(self._world.seed, "kind", number)
        kind = next(name for name, below in _KINDS if dice < below)
        return "pays" if kind == "lies" and not self.liars_allowed.is_set() else kind

    def _queue(self, sale: Sale) -> bool:
        while not self._no_more_orders.is_set():
            try:
                self._stock.put(sale, timeout=0.2)
            except Full:
                continue
            return True
        return False

    def _leave(self, customer: Customer) -> None:
        self.ledger.bad_pages.extend(customer.bad_pages)
        customer.close()

    def _pay(self) -> None:
        with httpx.Client(timeout=10.0, trust_env=False) as gateway:
            while True:
                try:
                    sale = self._stock.get(timeout=0.2)
                except Empty:
                    if self._no_more_orders.is_set():
                        return
                    continue
                self._act_out(sale, gateway)
                time.sleep(PAUSE_SECONDS)

    def _act_out(self, sale: Sale, gateway: httpx.Client) -> None:
        try:
            self._act(sale, gateway)
        except (Failed, httpx.HTTPError) as error:
            self.ledger.gave_up.append(f"customer {sale.number}, who {sale.kind}: {error}")
        finally:
            self._leave(sale.customer)

    def _act(self, sale: Sale, gateway: httpx.Client) -> None:
        if sale.number % STRANGERS_EVERY == 0:
            self._strange(gateway)
        if sale.kind == "walks away":
            return
        if sale.kind == "lies":
            self.ledger.liars.add(sale.payment_id)
            self._ring(sale, gateway, paid=True)
            return
        if sale.kind == "is declined, then pays":
            press(sale.pay_url, "decline")
            self._ring(sale, gateway, paid=False)
        self.ledger.paid.add(sale.payment_id)
        back = press(sale.pay_url, "card").headers["location"]
        if sale.kind == "pays, returns first":
            self._come_back(sale, back)
        self._ring(sale, gateway, paid=True)
        if sale.kind == "pays, is told twice":
            self._ring(sale, gateway, paid=True)

    def _come_back(self, sale: Sale, address: str) -> None:
        parts = urlsplit(address)
        sale.customer.visit(f"{parts.path}?{parts.query}")

    def _ring(self, sale: Sale, gateway: httpx.Client, *, paid: bool) -> None:
        """Send the callback until it is answered 200."""
        body = callback(sale.link_id, sale.payment_id, paid=paid)
        self._until(200, gateway, sale.path, body)
        ack = Ack(sale.payment_id, hashlib.sha256(body).hexdigest(), paid, clock.now())
        self.ledger.acks.append(ack)

    def _strange(self, gateway: httpx.Client) -> None:
        """A signed callback about a payment that never was: 404, and a person is asked."""
        body = callback("nobodyknows", new_id(), paid=True)
        self._until(404, gateway, "/webhooks/ikhokha", body)
        self.ledger.strangers.append(hashlib.sha256(body).hexdigest())

    def _until(self, status: int, gateway: httpx.Client, path: str, body: bytes) -> None:
        headers = {
            "content-type": "application/json",
            "ik-appid": self._world.app_id,
            "ik-sign": signature(self._world.secret, path, body),
        }

        def answered() -> bool | None:
            try:
                answer = gateway.post(f"{self._world.shop}{path}", content=body, headers=headers)
            except httpx.TransportError:
                return None
            return True if answer.status_code == status else None

        patiently(answered, over=self._over.is_set)


def callback(link_id: str, payment_id: UUID, *, paid: bool) -> bytes:
    """A callback's body, as the gateway writes it."""
    status, code = ("SUCCESS", "00") if paid else ("FAILURE", "99")
    fields = {"paylinkID": link_id, "status": status, "externalTransactionID": payment_id.hex, "responseCode": code}
    return ("{" + ",".join(f'"{name}":"{value}"' for name, value in fields.items()) + "}").encode()


def signature(secret: str, path: str, body: bytes) -> str:
    """The header `ik-sign`: HMAC-SHA256 over path and body, with a backslash before each backslash and quote."""
    message = (path.encode() + body).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"'", b"\\'")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
