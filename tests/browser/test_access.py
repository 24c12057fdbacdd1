"""Everybody can use it: axe finds nothing, nothing is wider than 320 pixels, the keyboard reaches everything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.journey import at_gateway, buy, enrol, fresh_address
from browser.looks import LANGUAGES, assert_fits_in_both_schemes, wide_pages


@pytest.fixture(scope="module")
def visits(shop, chromium):
    """A guest's browser that has seen every kind of page, and the addresses of those pages."""
    context = chromium.new_context(locale="en-ZA")
    tab = context.new_page()
    pages = {
        "list": "/",
        "course": f"/courses/{shop.courses[4]}/",
        "nothing": "/nothing",
        "sign in": "/account/sign-in/",
    }
    buy(tab, shop, shop.courses[0], email=fresh_address())
    pages |= {"open": tab.url, "owned course": f"/courses/{shop.courses[0]}/"}
    tab.get_by_role("link", name="Continue course").click()
    pages["lesson"] = tab.url
    for name, course, button in (("declined", 1, "Decline"), ("waiting", 2, "Cancel")):
        enrol(tab, shop, shop.courses[course], email=fresh_address())
        at_gateway(tab, button)
        pages[name] = tab.url
    pages |= {"waiting course": f"/courses/{shop.courses[2]}/", "mine": "/my/courses/", "receipts": "/my/receipts/"}
    cookies = context.storage_state()
    context.close()
    return cookies, {name: address.removeprefix(shop.url) for name, address in pages.items()}


PAGES = [
    *("list", "course", "owned course", "waiting course", "open", "declined", "waiting"),
    *("lesson", "mine", "receipts", "sign in", "nothing"),
]


@pytest.mark.looks
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits_a_small_phone(shop, small_tab, visits, name):
    cookies, pages = visits
    tab = small_tab("guest", storage_state=cookies, bypass_csp=True)

    assert_fits_in_both_schemes(tab, f"{shop.url}{pages[name]}")


@pytest.mark.looks
@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_fit_too(shop, small_tab, visits, language):
    cookies, pages = visits
    tab = small_tab(language, storage_state=cookies)

    assert wide_pages(tab, shop.url, {name: pages[name] for name in PAGES}, language) == {}


def test_buttons_are_large_enough_for_thumbs(shop, device, visits):
    cookies, pages = visits
    tab = device(storage_state=cookies).new_page()
    tab.goto(f"{shop.url}{pages['declined']}")

    heights = tab.locator("main button, main .button, header a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )

    assert heights
    assert min(heights) >= 44


def test_first_tab_key_offers_to_skip_to_the_content(shop, device):
    tab = device().new_page()
    tab.goto(f"{shop.url}/")

    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    tab.keyboard.press("Enter")

    expect(tab.locator("main")).to_be_focused()


def test_focus_stays_where_it_was_when_news_comes(shop, device):
    here = device()
    listing, shopping = here.new_page(), here.new_page()
    listing.goto(f"{shop.url}/")
    link = listing.locator(f"#course-{shop.courses[3]}")
    link.focus()

    buy(shopping, shop, shop.courses[0], email=fresh_address())
    expect(listing.locator(".card").first).to_contain_text("Yours: continue")

    expect(link).to_be_focused()
