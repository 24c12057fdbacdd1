from __future__ import annotations

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import expect

from browser.journey import GO, STATE, at_gateway, enrol, fresh_address, sign_in, stay, stayed


@pytest.fixture
def wrong_amounts(shop):
    """The gateway's answers name another amount than the order's."""
    with httpx.Client(base_url=shop.sandbox_url, trust_env=False) as sandbox:
        sandbox.put("/control/chaos", json={"status.wrong_amount": {}}).raise_for_status()
        yield
        sandbox.put("/control/chaos", json={"status.wrong_amount": {"probability": 0}}).raise_for_status()


def fits_a_phone(tab) -> bool:
    """Whether what waits fits 320 pixels, with an address as long as addresses are."""
    tab.set_viewport_size({"width": 320, "height": 640})
    tab.locator(".facts dd").first.evaluate("e => { e.textContent = 'a'.repeat(50) + '@example.com' }")
    wide = tab.evaluate("document.documentElement.scrollWidth")
    tab.reload()
    tab.set_viewport_size({"width": 1200, "height": 800})
    return wide == 320


def test_staff_answers_a_question_and_the_customer_sees_it(shop, device, wrong_amounts):
    address, office = fresh_address(), device(viewport={"width": 1200, "height": 800}, bypass_csp=True)
    customer = device().new_page()
    enrol(customer, shop, shop.courses[5], email=address)
    at_gateway(customer)
    expect(customer.locator(STATE)).to_have_text("We have a question about this payment")
    stay(customer)

    staff = sign_in(office, shop, shop.staff_email, shop.staff_password)
    staff.goto(f"{shop.url}/staff/approvals/")
    assert Axe().run(staff).violations_count == 0
    waiting = staff.locator(".sheet").filter(has_text=address)
    assert fits_a_phone(staff)
    waiting.get_by_role("button", name="Approve").click()
    expect(waiting.locator(".error")).to_contain_text("Write the reason")
    waiting.get_by_label("Reason").fill("The bank shows the right amount.")
    waiting.get_by_role("button", name="Approve").click()

    expect(waiting).to_have_count(0)
    expect(customer.locator(STATE)).to_have_text("Your course is open")
    expect(customer.locator(GO)).to_have_text("Continue course")
    assert stayed(customer)
