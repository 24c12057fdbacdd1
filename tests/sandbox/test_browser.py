"""The pay page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, sync_playwright

from sandbox.receiver import Receiver
from sandbox.stranger import Stranger


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "These tests need the program chromium."
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(
    ("button", "page"),
    [
        ("Pay with a test card", "ok"),
        ("Pay by Instant EFT", "ok"),
        ("Decline", "failed"),
        ("Cancel", "cancelled"),
    ],
)
def test_button_leads_back_to_the_shop(
    stranger: Stranger, receiver: Receiver, browser: Browser, button: str, page: str, script: bool
) -> None:
    made = stranger.create(receiver.url)

    with browser.new_context(java_script_enabled=script) as context:
        tab = context.new_page()
        tab.goto(made["paylinkUrl"])
        tab.get_by_role("button", name=button).click()
        tab.wait_for_url(receiver.url.replace("t0k3n", page))
    stranger.drain()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("act", ["cancel", "decline", "pay"])
def test_page_is_accessible_on_a_phone(
    stranger: Stranger, receiver: Receiver, browser: Browser, scheme: Literal["light", "dark"], act: str
) -> None:
    made = stranger.create(receiver.url, description="A" * 200)
    stranger.act(made["paylinkID"], act)

    with browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640}, bypass_csp=True) as context:
        tab = context.new_page()
        tab.goto(made["paylinkUrl"])
        findings = Axe().run(tab)
        width = tab.evaluate("document.documentElement.scrollWidth")

    assert findings.violations_count == 0, findings.generate_report()
    assert width == 320
    stranger.drain()
