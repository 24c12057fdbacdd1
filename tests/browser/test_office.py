"""The office in a real browser: live in every session, by keyboard, without scripts, dark, and on a small phone."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from browser.journey import GO, STATE, at_gateway, buy, enrol, fresh_address, sign_in, stay, stayed
from browser.looks import LANGUAGES, SMALL, assert_fits_in_both_schemes, wide_pages

WIDE = {"width": 1200, "height": 800}
PAGES = {
    **{name: f"/console/{name}/" for name in ("approvals", "interventions", "payments", "people", "courses")},
    **{name: f"/console/{name}/" for name in ("deliveries", "rejections", "messages", "journal", "audit", "runs")},
    "today": "/console/",
    "closed": "/console/closed/",
    "payment": "/console/payments/{payment}/",
    "intervention": "/console/interventions/{intervention}/",
    "delivery": "/console/deliveries/{delivery}/",
    "message": "/console/messages/{message}/",
    "person": "/console/people/{person}/",
    "lessons": "/console/courses/{course}/lessons/",
    "course": "/console/edit/catalog/course/{course}/change/",
    "new course": "/console/edit/catalog/course/add/",
    "lesson": "/console/edit/catalog/lesson/{lesson}/change/",
}
QUESTION = "Look at the gateway's dashboard first"


@pytest.fixture
def wrong_amounts(shop):
    """The gateway's answers name another amount than the order's."""
    with httpx.Client(base_url=shop.sandbox_url, trust_env=False) as sandbox:
        sandbox.put("/control/chaos", json={"status.wrong_amount": {}}).raise_for_status()
        yield
        sandbox.put("/control/chaos", json={"status.wrong_amount": {"probability": 0}}).raise_for_status()


@pytest.fixture(scope="module")
def office(shop, chromium):
    """The cookies of a signed-in member of staff, and the ids of a shop where things have happened."""
    with httpx.Client(base_url=shop.sandbox_url, trust_env=False) as sandbox:
        customer = chromium.new_context(locale="en-ZA").new_page()
        buy(customer, shop, shop.courses[0], email=fresh_address())
        sandbox.put("/control/chaos", json={"status.wrong_amount": {}}).raise_for_status()
        enrol(customer, shop, shop.courses[1], email=fresh_address())
        at_gateway(customer)
        expect(customer.locator(STATE)).to_have_text("We have a question about this payment")
        sandbox.put("/control/chaos", json={"status.wrong_amount": {"probability": 0}}).raise_for_status()
    here = chromium.new_context(locale="en-ZA")
    sign_in(here, shop, shop.staff_email, shop.staff_password)
    cookies = here.storage_state()
    here.close()
    asked = {
        "payment": "SELECT payment_id FROM ledger_delivery WHERE verdict = 'settled' LIMIT 1",
        "intervention": "SELECT id FROM ledger_intervention LIMIT 1",
        "delivery": "SELECT id FROM ledger_delivery LIMIT 1",
        "message": "SELECT id FROM messaging_outbox LIMIT 1",
        "person": "SELECT person_id FROM ledger_payment LIMIT 1",
        "course": "SELECT id FROM catalog_course LIMIT 1",
        "lesson": "SELECT id FROM catalog_lesson LIMIT 1",
    }
    return cookies, {name: shop.ask(question)[0][0] for name, question in asked.items()}


def waiting_for(tab, address):
    return tab.locator(".queue li").filter(has_text=address)


def questioned(shop, device, address):
    """A customer whose payment staff must look at."""
    customer = device().new_page()
    enrol(customer, shop, shop.courses[5], email=address)
    at_gateway(customer)
    expect(customer.locator(STATE)).to_have_text("We have a question about this payment", timeout=15_000)
    return customer


@pytest.mark.looks
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits_a_small_phone(shop, small_tab, office, name):
    cookies, ids = office
    tab = small_tab("staff", storage_state=cookies, bypass_csp=True)

    assert_fits_in_both_schemes(tab, shop.url + PAGES[name].format(**ids))


@pytest.mark.looks
@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_fit_too(shop, small_tab, office, language):
    cookies, ids = office
    tab = small_tab(language, storage_state=cookies)

    assert wide_pages(tab, shop.url, {name: path.format(**ids) for name, path in PAGES.items()}, language) == {}


def test_staff_answers_a_question_and_everybody_sees_it(shop, device, office, wrong_amounts):
    cookies, _ = office
    first = device(storage_state=cookies, viewport=WIDE).new_page()
    second = device(storage_state=cookies, viewport=WIDE).new_page()
    for tab in (first, second):
        tab.goto(f"{shop.url}/console/approvals/")
        expect(tab.locator("html[data-live=on]")).to_be_attached()
    stay(first, second)
    address = fresh_address()

    customer = questioned(shop, device, address)
    expect(waiting_for(second, address)).to_contain_text(QUESTION)
    stay(customer)
    waiting_for(first, address).get_by_role("checkbox").check()
    first.get_by_role("button", name="Approve").click()
    expect(first.locator("#reason_error")).to_contain_text("Write the reason")
    first.get_by_label("Reason").fill("The bank shows the right amount.")
    first.get_by_role("button", name="Approve").click()

    expect(first.get_by_role("status").first).to_contain_text("1 payment approved")
    expect(waiting_for(second, address)).to_have_count(0)
    expect(customer.locator(STATE)).to_have_text("Your course is open")
    expect(customer.locator(GO)).to_have_text("Continue course")
    assert stayed(second)
    assert stayed(customer)


def test_what_is_typed_and_marked_survives_news(shop, device, office, wrong_amounts):
    cookies, _ = office
    mine, new = fresh_address(), fresh_address()
    questioned(shop, device, mine)
    tab = device(storage_state=cookies, viewport=WIDE).new_page()
    tab.goto(f"{shop.url}/console/approvals/")
    expect(tab.locator("html[data-live=on]")).to_be_attached()
    waiting_for(tab, mine).get_by_role("checkbox").check()
    tab.get_by_label("Reason").fill("Half a sen")

    questioned(shop, device, new)

    expect(waiting_for(tab, new)).to_have_count(1)
    expect(waiting_for(tab, mine).get_by_role("checkbox")).to_be_checked()
    expect(tab.get_by_label("Reason")).to_have_value("Half a sen")
    expect(tab.get_by_label("Reason")).to_be_focused()


def test_tabs_of_one_browser_share_one_connection(shop, device, office):
    cookies, _ = office
    here = device(storage_state=cookies, viewport=WIDE)
    streams = []
    here.on("request", lambda request: streams.append(request.url) if "/live?" in request.url else None)

    for _number in range(3):
        tab = here.new_page()
        tab.goto(f"{shop.url}/console/approvals/")
        expect(tab.locator("html[data-live=on]")).to_be_attached()

    assert len(streams) == 1


def test_office_works_without_scripts(shop, device, office, wrong_amounts):
    cookies, _ = office
    address = fresh_address()
    customer = questioned(shop, device, address)
    tab = device(storage_state=cookies, viewport=SMALL, java_script_enabled=False).new_page()

    tab.goto(f"{shop.url}/console/")
    tab.get_by_role("link", name="approvals").last.click()
    waiting_for(tab, address).get_by_role("checkbox").check()
    tab.get_by_label("Reason").fill("It is in the dashboard.")
    tab.get_by_role("button", name="Approve").click()

    expect(tab.get_by_role("status").first).to_contain_text("1 payment approved")
    expect(customer.locator(STATE)).to_have_text("Your course is open")


def test_keyboard_alone_decides(shop, device, office, wrong_amounts):
    cookies, _ = office
    address = fresh_address()
    questioned(shop, device, address)
    tab = device(storage_state=cookies, viewport=WIDE).new_page()
    tab.goto(f"{shop.url}/console/approvals/")

    waiting_for(tab, address).get_by_role("checkbox").focus()
    tab.keyboard.press("Space")
    tab.get_by_label("Reason").focus()
    tab.keyboard.type("It is in the dashboard.")
    tab.keyboard.press("Enter")

    expect(tab.get_by_role("status").first).to_contain_text("1 payment approved")


def test_course_is_edited_and_sold_at_the_new_price(shop, device, office):
    cookies, _ = office
    tab = device(storage_state=cookies, viewport=WIDE).new_page()
    tab.goto(f"{shop.url}/console/courses/")
    tab.locator("main tbody th a").last.click()
    title = tab.get_by_label("Title").first.input_value()
    tab.get_by_label("Price").fill("1234.50")
    tab.get_by_role("button", name="Save", exact=True).click()

    expect(tab.locator("tr").filter(has_text=title)).to_contain_text("234,50")
