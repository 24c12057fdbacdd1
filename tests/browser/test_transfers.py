"""A bank transfer from the course's page to the open course, as customers and staff do it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.journey import STATE, fresh_address, sign_in, stay, stayed
from browser.looks import LANGUAGES, SCHEMES, SMALL, assert_fits
from browser.transfers import choose_transfer, send_proof, slip


def decide(office, shop, reference: str, *, button: str, reason: str) -> None:
    office.goto(f"{shop.url}/console/approvals/")
    waiting = office.locator("li.sheet").filter(has_text=reference)
    waiting.get_by_role("checkbox").check()
    office.get_by_label("Reason").fill(reason)
    office.get_by_role("button", name=button, exact=True).click()
    expect(waiting).to_have_count(0)


def reference_of(tab) -> str:
    return tab.locator(".facts .reference").inner_text()


def test_transfer_opens_the_course_in_the_customers_tab(shop, device):
    tab, office = device().new_page(), sign_in(device(), shop, shop.staff_email, shop.staff_password)
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())
    stay(tab)
    send_proof(tab)
    stay(tab)

    decide(office, shop, reference_of(tab), button="Approve", reason="It is in the account.")

    expect(tab.locator(STATE)).to_have_text("Your course is open")
    assert stayed(tab)


def test_refused_proof_is_told_and_another_can_be_sent(shop, device):
    tab, office = device().new_page(), sign_in(device(), shop, shop.staff_email, shop.staff_password)
    choose_transfer(tab, shop, shop.courses[1], email=fresh_address())
    send_proof(tab)
    stay(tab)

    decide(office, shop, reference_of(tab), button="Reject", reason="The slip is too dark to read.")

    expect(tab.locator(STATE)).to_have_text("Staff could not accept your proof")
    expect(tab.get_by_text("The slip is too dark to read.")).to_be_visible()
    assert stayed(tab)
    send_proof(tab)
    expect(tab.locator(".sent li")).to_have_count(2)


def test_staff_see_a_picture_of_the_proof(shop, device):
    tab, office = device().new_page(), sign_in(device(), shop, shop.staff_email, shop.staff_password)
    choose_transfer(tab, shop, shop.courses[2], email=fresh_address())
    send_proof(tab)

    office.goto(f"{shop.url}/console/approvals/")
    item = office.locator("li.sheet").filter(has_text=reference_of(tab))
    address = item.locator("a[href*='/staff/proofs/'], img[src*='/staff/proofs/']").first
    path = address.get_attribute("href") or address.get_attribute("src")

    answer = office.request.get(f"{shop.url}{path}")
    assert answer.ok
    assert tab.request.get(f"{shop.url}{path}").status == 404


def test_file_that_is_chosen_survives_news(shop, device):
    tab = device().new_page()
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())
    field = tab.get_by_label("PDF, photograph or screenshot")
    field.set_input_files(slip())
    expect(tab.locator("html[data-live=on]")).to_be_attached()

    tab.evaluate(
        """document.dispatchEvent(new CustomEvent("tollkeeper:order", {detail: {
             reference: document.querySelector(".facts .reference").textContent, payment: "open", access: "other",
             payment_id: null, heard: performance.now()}}))"""
    )
    expect(tab.locator("#announcement")).not_to_be_empty()

    assert field.evaluate("field => field.files.length") == 1


def test_file_that_is_too_large_is_stopped_before_it_is_sent(shop, device):
    tab = device().new_page()
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())
    field = tab.get_by_label("PDF, photograph or screenshot")

    field.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + b"\0" * 6_000_000})

    assert "too large" in field.evaluate("field => field.validationMessage")


@pytest.mark.parametrize("size", [6_000_000, 12_000_000])
def test_too_large_without_javascript_is_answered_and_not_dropped(shop, device, size):
    tab = device(java_script_enabled=False).new_page()
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())
    big = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + b"\0" * size}

    tab.get_by_label("PDF, photograph or screenshot").set_input_files(big)
    tab.get_by_role("button", name="Send", exact=True).click()

    expect(tab.locator("#trouble")).to_contain_text("too large")


def test_whole_transfer_without_javascript(shop, device):
    tab = device(java_script_enabled=False).new_page()
    office = sign_in(device(), shop, shop.staff_email, shop.staff_password)
    choose_transfer(tab, shop, shop.courses[3], email=fresh_address())
    expect(tab.get_by_role("button", name="Copy").first).to_be_hidden()
    send_proof(tab)

    decide(office, shop, reference_of(tab), button="Approve", reason="It is in the account.")
    tab.reload()

    expect(tab.locator(STATE)).to_have_text("Your course is open")


def test_reference_is_copied_by_a_button(shop, device):
    here = device(permissions=["clipboard-read", "clipboard-write"])
    tab = here.new_page()
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())

    tab.get_by_role("button", name="Copy").first.click()

    expect(tab.locator("#announcement")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == reference_of(tab)


def test_customer_pays_by_card_instead(shop, device):
    tab = device().new_page()
    choose_transfer(tab, shop, shop.courses[4], email=fresh_address())
    here = tab.url

    tab.get_by_role("button", name="Pay by card instead").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")
    tab.get_by_role("button", name="Pay with a test card").click()
    tab.wait_for_url("**/orders/**")

    expect(tab.locator(STATE)).to_have_text("Your course is open")
    tab.goto(here)
    expect(tab.locator(STATE)).to_have_text("Your course is open")


@pytest.mark.looks
@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_pages_of_a_transfer_are_accessible_and_fit_a_small_phone(shop, device, language):
    here = device(viewport=SMALL, bypass_csp=True)
    tab = here.new_page()
    choose_transfer(tab, shop, shop.courses[5], email=fresh_address())
    here.add_cookies([{"name": "django_language", "value": language, "url": shop.url}])

    for sent in (1, 2):
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            tab.reload()
            assert_fits(tab)
        tab.locator("#proof").set_input_files(slip())
        tab.locator("form.transfer button.button").last.click()
        expect(tab.locator(".sent li")).to_have_count(sent)


def test_keyboard_alone_reaches_the_form(shop, device):
    tab = device().new_page()
    choose_transfer(tab, shop, shop.courses[0], email=fresh_address())

    reached = set()
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))

    assert {"proof", "Copy", "Send", "other-way", "cancel"} <= reached
