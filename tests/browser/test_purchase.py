from __future__ import annotations

import json

from playwright.sync_api import expect

from browser.journey import GO, STATE, at_gateway, buy, enrol, fresh_address, sign_in, stay, stayed


def test_paid_course_opens_in_every_tab_and_device(shop, device):
    course, here, there = shop.courses[0], device(), device(viewport={"width": 1200, "height": 800})
    shopping = sign_in(here, shop, shop.buyer_email, shop.buyer_password)
    listing, elsewhere = here.new_page(), sign_in(there, shop, shop.buyer_email, shop.buyer_password)
    listing.goto(f"{shop.url}/")
    elsewhere.goto(f"{shop.url}/courses/{course}/")
    stay(listing, elsewhere)

    enrol(shopping, shop, course)
    expect(elsewhere.get_by_text("Waiting for payment")).to_be_visible()
    expect(listing.locator(".card").first).to_contain_text("Waiting for payment")
    at_gateway(shopping)

    expect(shopping.locator(STATE)).to_have_text("Your course is open")
    expect(elsewhere.locator(GO)).to_have_text("Continue course")
    expect(listing.locator(".card").first).to_contain_text("Yours: continue")
    assert stayed(listing)
    assert stayed(elsewhere)
    shopping.locator(GO).click()
    expect(shopping.locator("article h1")).to_be_visible()


def test_guest_sees_it_open_in_a_tab_that_knew_of_no_order(shop, device):
    here = device()
    listing, shopping = here.new_page(), here.new_page()
    listing.goto(f"{shop.url}/")
    stay(listing)

    buy(shopping, shop, shop.courses[1], email=fresh_address())

    expect(listing.locator(".card").first).to_contain_text("Yours: continue")
    expect(listing.get_by_role("status").filter(has_text="Your course is open")).to_be_visible()
    assert stayed(listing)


def test_without_javascript_the_waiting_page_finds_out(shop, device):
    tab = device(java_script_enabled=False).new_page()

    buy(tab, shop, shop.courses[2], email=fresh_address())
    tab.get_by_role("link", name="Continue course").click()

    expect(tab.locator("article h1")).to_be_visible()
    expect(tab.get_by_role("link", name="Next lesson")).to_be_visible()


def test_declined_card_can_be_tried_again(shop, device):
    tab = device().new_page()
    enrol(tab, shop, shop.courses[0], email=fresh_address())

    at_gateway(tab, "Decline")
    expect(tab.locator(STATE)).to_have_text("The bank declined")
    tab.get_by_role("button", name="Try again").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")
    at_gateway(tab)

    expect(tab.locator(STATE)).to_have_text("Your course is open")


def test_cancelling_ends_in_the_truth(shop, device):
    tab = device().new_page()
    enrol(tab, shop, shop.courses[0], email=fresh_address())

    at_gateway(tab, "Cancel")
    expect(tab.locator(STATE)).to_have_text("Waiting for payment")
    expect(tab.locator("#hint")).to_contain_text("not finished")
    tab.get_by_role("button", name="Cancel this order").click()

    expect(tab.locator(STATE)).to_have_text("You cancelled this order")
    expect(tab.get_by_role("link", name="Order again")).to_be_visible()


def test_tab_closed_half_way_loses_nothing(shop, device):
    here = device()
    closed = here.new_page()
    enrol(closed, shop, shop.courses[1], email=fresh_address())
    closed.close()

    tab = here.new_page()
    tab.goto(f"{shop.url}/my/courses/")
    tab.locator(".card a").click()
    tab.get_by_role("link", name="See your order").click()
    tab.get_by_role("button", name="Go to the payment page").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")
    at_gateway(tab)

    expect(tab.locator(STATE)).to_have_text("Your course is open")


def test_double_click_and_back_make_one_order(shop, device):
    tab = device().new_page()
    tab.goto(f"{shop.url}/courses/{shop.courses[1]}/")
    tab.get_by_label("Your e-mail address").fill(fresh_address())

    tab.get_by_role("button", name="Enroll now").dblclick()
    tab.wait_for_url(f"{shop.sandbox_url}/**")
    pay_page = tab.url
    tab.go_back()
    tab.locator(GO).click()
    if "/orders/" in tab.url:
        tab.get_by_role("button", name="Go to the payment page").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")

    assert tab.url == pay_page


def test_many_tabs_share_one_connection(shop, device):
    here, streams = device(), []
    here.on("request", lambda request: streams.append(request.url) if "/live?" in request.url else None)
    buyer = sign_in(here, shop, shop.buyer_email, shop.buyer_password)
    expect(buyer.locator("html[data-live=on]")).to_be_attached()

    for tab in [here.new_page() for _ in range(3)]:
        tab.goto(f"{shop.url}/")
        expect(tab.locator("html[data-live=on]")).to_be_attached()

    assert len(streams) == 1


def test_next_tab_leads_when_the_first_is_closed(shop, device):
    here = device()
    first = sign_in(here, shop, shop.buyer_email, shop.buyer_password)
    second = here.new_page()
    second.goto(f"{shop.url}/")
    expect(second.locator("html[data-live=on]")).to_be_attached()

    with here.expect_event("request", lambda request: "/live?" in request.url):
        first.close()

    expect(second.locator("html[data-live=on]")).to_be_attached()


def test_blocked_stream_falls_back_to_asking(shop, device):
    here = device()
    here.route("**/live?**", lambda route: route.abort())
    shopping, watching = here.new_page(), here.new_page()
    enrol(shopping, shop, shop.courses[0], email=fresh_address())
    watching.goto(f"{shop.url}/courses/{shop.courses[0]}/")
    stay(watching)

    at_gateway(shopping)

    expect(watching.locator(GO)).to_have_text("Continue course")
    assert stayed(watching)


def test_phone_that_was_offline_catches_up(shop, device):
    phone, shopping_device = device(), device()
    phone_tab = sign_in(phone, shop, shop.buyer_email, shop.buyer_password)
    shopping = sign_in(shopping_device, shop, shop.buyer_email, shop.buyer_password)
    phone_tab.goto(f"{shop.url}/courses/{shop.courses[3]}/")
    expect(phone_tab.locator("html[data-live=on]")).to_be_attached()
    stay(phone_tab)

    phone.set_offline(True)
    buy(shopping, shop, shop.courses[3])
    phone.set_offline(False)

    expect(phone_tab.locator(GO)).to_have_text("Continue course")
    assert stayed(phone_tab)


def test_browser_reports_when_it_showed_access(shop, device):
    here = device()
    watching, shopping = here.new_page(), here.new_page()
    enrol(shopping, shop, shop.courses[2], email=fresh_address())
    watching.goto(f"{shop.url}/courses/{shop.courses[2]}/")

    with watching.expect_request("**/live/shown") as told:
        at_gateway(shopping)
    expect(watching.locator(GO)).to_have_text("Continue course")

    report = json.loads(told.value.post_data)
    assert set(report) == {"ticket", "payment_id", "ms", "stream"}
    assert report["stream"]
    assert 0 < report["ms"] < 5_000


def test_typed_address_survives_news(shop, device):
    here = device()
    typing, shopping = here.new_page(), here.new_page()
    typing.goto(f"{shop.url}/courses/{shop.courses[1]}/")
    typing.get_by_label("Your e-mail address").fill("half@exam")

    buy(shopping, shop, shop.courses[0], email=fresh_address())

    expect(typing.get_by_role("status").filter(has_text="Your course is open")).to_be_visible()
    expect(typing.get_by_label("Your e-mail address")).to_have_value("half@exam")
    expect(typing.get_by_label("Your e-mail address")).to_be_focused()
