"""A customer without a browser: cookies and forms over real HTTP, patient with a shop that is being broken.

Every page that comes is looked at: one with a stack trace, or answered 500, is kept for the report.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tollkeeper.core import clock

PATIENCE_SECONDS = 60.0
"""How long a customer tries before giving up: longer than anything here stays away."""
_PAUSE_SECONDS = 0.15
_TIMEOUT_SECONDS = 25.0
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ATTEMPT = re.compile(r'name="attempt" value="([^"]+)"')
_STACK_TRACES = ("Traceback (most recent call last)", "psycopg.errors", "django.db.utils", 'File "/')

Result = TypeVar("Result")


class Failed(Exception):
    """The shop did not do what a customer needs; the message says what it did instead."""


@dataclass
class Customer:
    """A guest with a browser of their own; leaving the context closes it.

    Args:
        address: where the shop answers.
        email: what they type.
        over: says that nobody needs to wait for anything any more.
    """

    address: str
    email: str
    over: Callable[[], bool] = lambda: False
    bad_pages: list[str] = field(default_factory=list)
    """What no customer may ever see."""

    def __post_init__(self) -> None:
        self.address = self.address.rstrip("/")
        # Over HTTPS a form counts as the shop's own only with the page that it was on.
        headers = {"referer": f"{self.address}/"}
        self._http = httpx.Client(base_url=self.address, timeout=_TIMEOUT_SECONDS, trust_env=False, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the browser."""
        self._http.close()

    def order(self, slug: str) -> str:
        """Order a course, pressing the same button again until the gateway's page comes; its address.

        Raises:
            Failed: it does not come.
        """
        course = f"/courses/{slug}/"
        page = patiently(lambda: self._page(course), over=self.over)
        form = self.enrol_form(page)
        return patiently(lambda: self._pressed(f"{course}enrol/", form), over=self.over)

    def enrol_form(self, page: str) -> dict[str, str]:
        """What the form on a course's page sends.

        Raises:
            Failed: there is none.
        """
        return {"email": self.email, "attempt": _found(_ATTEMPT, page), **proof_of_origin(page)}

    def visit(self, path: str) -> int:
        """Look at a page once; its status, 0 when the shop did not answer."""
        answer = self._ask("GET", path)
        return answer.status_code if answer else 0

    def state(self, reference: str) -> dict[str, Any]:
        """What the waiting page asks every few seconds; empty when the shop did not answer."""
        answer = self._ask("GET", f"/orders/{reference}/state")
        found: dict[str, Any] = answer.json() if answer and answer.status_code == 200 else {}
        return found

    def request(
        self, method: str, path: str, form: dict[str, str] | None = None, *, follow: bool = False
    ) -> httpx.Response:
        """Ask the shop once.

        Args:
            follow: whether to go where a redirect leads.

        Raises:
            httpx.TransportError: it did not answer.
        """
        answer = self._http.request(method, path, data=form, follow_redirects=follow)
        if answer.status_code == 500 or any(word in answer.text for word in _STACK_TRACES):
            self.bad_pages.append(f"{method} {path} answered {answer.status_code}: {_plain(answer.text)[:300]}")
        return answer

    def _page(self, path: str) -> str | None:
        answer = self._ask("GET", path)
        return answer.text if answer and answer.status_code == 200 else None

    def _pressed(self, path: str, form: dict[str, str]) -> str | None:
        answer = self._ask("POST", path, form)
        location = answer.headers.get("location", "") if answer else ""
        return location if location.startswith("http") else None

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response | None:
        try:
            return self.request(method, path, form)
        except httpx.TransportError:
            return None


def patiently(act: Callable[[], Result | None], *, over: Callable[[], bool] = lambda: False) -> Result:
    """What an act gives, tried until it gives something.

    Raises:
        Failed: it gave nothing for a minute, or all is over.
    """
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while (result := act()) is None:
        if clock.monotonic() > deadline or over():
            raise Failed(f"Nothing came within {PATIENCE_SECONDS:.0f} s.")
        time.sleep(_PAUSE_SECONDS)
    return result


def press(pay_url: str, act: str) -> httpx.Response:
    """Press a button of the sandbox's pay page: `card`, `decline` or `cancel`."""
    return httpx.post(pay_url, data={"act": act}, timeout=_TIMEOUT_SECONDS, trust_env=False)


def proof_of_origin(page: str) -> dict[str, str]:
    """The field by which every form on a page shows that it is the shop's own.

    Raises:
        Failed: the page has no form.
    """
    return {"csrfmiddlewaretoken": _found(_TOKEN, page)}


def _found(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    if found is None:
        raise Failed("A page lacks its form.")
    return unescape(found[1])


def _plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
