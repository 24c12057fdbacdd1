"""Chromium against a running shop: the machine's own browser, real processes, the sandbox's pay page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
