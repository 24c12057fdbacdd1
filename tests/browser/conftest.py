"""Chromium against a running shop: the machine's own browser, real processes, the sandbox's pay page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from browser.looks import SMALL

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A deadline for what must come, on a machine that does much else.
expect.set_options(timeout=15_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="write the pictures of docs/images anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--screenshots", default=False):
        items[:] = [item for item in items if item.path.stem == "test_screenshots"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's browser. For a module at a time: its event loop would keep the ORM from other tests."""
    executable = shutil.which("chromium")
    if executable is None and not os.environ.get("CI"):
        pytest.skip("The program chromium is not on this machine; the browser tests are passed over (CI=1 demands it).")
    assert executable, "The browser tests need the program chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def device(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A device of somebody's: a browser with cookies of its own. A script that fails on a page fails the test."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def _device(**more: Any) -> BrowserContext:
        context = chromium.new_context(**{"locale": "en-ZA", "viewport": {"width": 360, "height": 740}} | more)
        context.set_default_timeout(15_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        opened.append(context)
        return context

    yield _device
    for context in opened:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def small_phones(chromium: Browser) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Opens a small phone's tab once for a module and a kind of visitor; with it, the faults of its scripts so far."""
    phones: dict[str, tuple[Page, list[str]]] = {}

    def _phone(kind: str, **more: Any) -> tuple[Page, list[str]]:
        if kind not in phones:
            faults: list[str] = []
            context = chromium.new_context(locale="en-ZA", viewport=SMALL, **more)
            context.set_default_timeout(15_000)
            context.on("weberror", lambda error: faults.append(str(error.error)))
            phones[kind] = (context.new_page(), faults)
        return phones[kind]

    yield _phone
    for tab, _faults in phones.values():
        tab.context.close()


@pytest.fixture
def small_tab(small_phones: Callable[..., tuple[Page, list[str]]]) -> Iterator[Callable[..., Page]]:
    """A small phone's tab for those who only look. A script that fails on a page fails the test."""
    used: list[list[str]] = []

    def _small_tab(kind: str, **more: Any) -> Page:
        tab, faults = small_phones(kind, **more)
        faults.clear()
        used.append(faults)
        return tab

    yield _small_tab
    assert [fault for faults in used for fault in faults] == []
