"""A purchase over real HTTP, step by step, the way a browser makes it without JavaScript."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec

from tollkeeper.core import clock
from tollkeeper.proofs.customer import Customer as PatientCustomer
from tollkeeper.proofs.customer import Failed, press, proof_of_origin

PATIENCE_SECONDS = 15.0
_COURSE = re.compile(r'href="/courses/([\w-]+)/"')
_ORDER = re.compile(r'href="/orders/([^/"]+)/"')


@dataclass(frozen=True, slots=True)
class Checkout:
    """An order that waits for its payment."""

    course: str
    reference: str
    pay_url: str


class Customer(PatientCustomer):
    """One who takes a step at a time, says what went wrong with it, and can hold a live stream."""

    def __init__(self, address: str) -> None:
        """Args:
        address: where the shop answers.
        """
        super().__init__(address, f"customer-{secrets.token_hex(6)}@example.com")

    def get(self, path: str, *, expect: str = "") -> str:
        """A page.

        Raises:
            Failed: it is not 200, or lacks the words.
        """
        answer = self.request("GET", path, follow=True)
        if answer.status_code != 200:
            raise Failed(f"{path} answered {answer.status_code}.")
        text = unescape(answer.text)
        if expect not in text:
            raise Failed(f"{path} answered, but does not say {expect!r}.")
        return answer.text

    def first_course(self) -> str:
        """The first course in the shop that can be bought."""
        found = _COURSE.search(self.get("/"))
        if found is None:
            raise Failed("The shop shows no course.")
        return found[1]

    def enrol(self, course: str, *, moment: Callable[[str], None] = lambda name: None) -> Checkout:
        """Order a course and get the page where it is paid.

        Args:
            moment: is told `sending` before the form goes off, and `answered` when the answer is there.
        """
        form = self.enrol_form(self.get(f"/courses/{course}/"))
        moment("sending")
        answer = self.request("POST", f"/courses/{course}/enrol/", form)
        moment("answered")
        location = answer.headers.get("location", "")
        if answer.status_code != 303 or not location.startswith("http"):
            raise Failed(f"Ordering {course} answered {answer.status_code} and no payment page.")
        reference = _ORDER.search(self.get(f"/courses/{course}/"))
        if reference is None:
            raise Failed(f"The page of {course} does not show the order that waits.")
        return Checkout(course, unquote(unescape(reference[1])), location)

    def see_pay_page(self, checkout: Checkout) -> None:
        """Look at the gateway's page."""
        answer = httpx.get(checkout.pay_url, timeout=PATIENCE_SECONDS, trust_env=False)
        if answer.status_code != 200:
            raise Failed(f"The gateway's payment page answered {answer.status_code}.")

    def pay(self, checkout: Checkout) -> None:
        """Press the card button of the sandbox's page."""
        answer = press(checkout.pay_url, "card")
        if answer.status_code != 303:
            raise Failed(f"Pressing the gateway's button answered {answer.status_code}.")

    def standing(self, checkout: Checkout) -> dict[str, str]:
        """How the order stands, as the waiting page asks."""
        found = self.state(checkout.reference)
        if not found:
            raise Failed(f"The shop does not say how order {checkout.reference} stands.")
        return found

    def cancel(self, checkout: Checkout) -> None:
        """Turn back before paying."""
        page = self.get(f"/orders/{checkout.reference}/")
        answer = self.request("POST", f"/orders/{checkout.reference}/cancel/", proof_of_origin(page))
        if answer.status_code >= 400:
            raise Failed(f"Cancelling answered {answer.status_code}.")

    def watch(self, checkout: Checkout) -> Watching:
        """Open the live stream that a tab of this customer would hold."""
        page = self.get(f"/orders/{checkout.reference}/")
        answer = self.request("POST", "/live/ticket", proof_of_origin(page))
        if answer.status_code != 200:
            raise Failed(f"Asking for a live ticket answered {answer.status_code}.")
        return Watching(self.address, answer.json()["ticket"], checkout.reference)

    def read_lesson(self, course: str) -> None:
        """Open the course, as somebody who owns it."""
        answer = self.request("GET", f"/learn/{course}/", follow=True)
        if answer.status_code != 200 or not answer.url.path.startswith(f"/learn/{course}/"):
            raise Failed(f"The first lesson did not open; the shop led to {answer.url.path} ({answer.status_code}).")


@dataclass
class Watching:
    """A live stream, read by a thread of its own until the course is open."""

    address: str
    ticket: str = field(repr=False)
    reference: str
    opened_at: datetime | None = None
    payment_id: str | None = None
    _connected: threading.Event = field(default_factory=threading.Event, repr=False)
    _opened: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, name="live stream", daemon=True).start()
        if not self._connected.wait(PATIENCE_SECONDS):
            raise Failed("The live stream did not open.")

    def wait_until_open(self) -> datetime:
        """When the news came that the course is open.

        Raises:
            Failed: it did not come.
        """
        if not self._opened.wait(PATIENCE_SECONDS) or self.opened_at is None:
            raise Failed(f"The live stream said nothing of an open course within {PATIENCE_SECONDS:.0f} s.")
        return self.opened_at

    def _read(self) -> None:
        query = {"ticket": self.ticket}
        try:
            with (
                httpx.Client(timeout=PATIENCE_SECONDS * 2, trust_env=False) as http,
                http.stream("GET", f"{self.address}/live", params=query) as answer,
            ):
                for line in answer.iter_lines():
                    if answer.status_code == 200:
                        self._connected.set()
                    if line.startswith("data: ") and self._hear(msgspec.json.decode(line.removeprefix("data: "))):
                        return
        except (httpx.HTTPError, msgspec.MsgspecError):
            return

    def _hear(self, news: dict[str, Any]) -> bool:
        if news.get("reference") != self.reference:
            return False
        self.payment_id = news["payment_id"]
        if news["access"] != "open":
            return False
        self.opened_at = clock.now()
        self._opened.set()
        return True
