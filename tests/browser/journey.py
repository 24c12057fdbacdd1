"""What people do in the shop, one step a function."""

from __future__ import annotations

import secrets
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

STATE = "#state"
"""The heading that tells an order's state."""
GO = "#go"
"""The one thing to do next."""


def fresh_address() -> str:
    return f"guest-{secrets.token_hex(5)}@example.com"


def sign_in(device: BrowserContext, shop: Any, email: str, password: str) -> Page:
    tab = device.new_page()
    tab.goto(f"{shop.url}/account/sign-in/")
    by_password = tab.locator("form").filter(has=tab.locator("input[type=password]"))
    by_password.get_by_label("Your e-mail address").fill(email)
    by_password.get_by_label("Your password").fill(password)
    by_password.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/my/courses/")
    return tab


def enrol(tab: Page, shop: Any, course: str, *, email: str | None = None) -> None:
    """From the course's page to the gateway's."""
    tab.goto(f"{shop.url}/courses/{course}/")
    if email is not None:
        tab.get_by_label("Your e-mail address").fill(email)
    tab.get_by_role("button", name="Enroll now").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")


def at_gateway(tab: Page, button: str = "Pay with a test card") -> None:
    """Press a button of the pay page, and come back."""
    tab.get_by_role("button", name=button).click()
    tab.wait_for_url("**/orders/**")


def buy(tab: Page, shop: Any, course: str, *, email: str | None = None) -> None:
    enrol(tab, shop, course, email=email)
    at_gateway(tab)
    expect(tab.locator(STATE)).to_have_text("Your course is open")


def stay(*tabs: Page) -> None:
    """Mark the tabs, so that `stayed` can tell whether they were ever reloaded."""
    for tab in tabs:
        tab.evaluate("window.stayed = true")


def stayed(tab: Page) -> bool:
    return bool(tab.evaluate("window.stayed === true"))
