"""The pictures of docs/images, taken on a purchase. `make screenshots` writes them; every other run only takes them.

What differs from run to run (references, moments) is replaced before a picture is taken.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, expect

import tollkeeper
from browser.journey import STATE, at_gateway, buy, enrol, fresh_address, sign_in
from browser.transfers import choose_transfer, send_proof

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DRAWINGS = Path(tollkeeper.__file__).parent / "storefront" / "static" / "storefront" / "img"
STEADY = """() => {
  for (const one of document.querySelectorAll(".reference")) one.textContent = "7QF2-K9MD-XW4ST";
  for (const one of document.querySelectorAll("time")) one.textContent = "21 March, 10:30";
  for (const one of document.querySelectorAll(".who a, .steady a")) one.textContent = "guest@example.com";
  for (const one of document.querySelectorAll(".ms")) one.textContent = "+41 ms";
  for (const one of document.querySelectorAll(".took strong")) one.textContent = "74 ms";
  document.getElementById("announcement").textContent = "";
}"""


@pytest.fixture
def picture(request):
    wanted = request.config.getoption("--screenshots", default=False)

    def _picture(tab: Page, name: str) -> None:
        tab.evaluate(STEADY)
        tab.evaluate("Promise.all([...document.images].map(image => image.decode()))")
        IMAGES.mkdir(parents=True, exist_ok=True)
        path = IMAGES / f"{name}.png" if wanted else None
        tab.screenshot(path=path, animations="disabled", caret="hide")

    return _picture


@pytest.mark.parametrize(
    ("drawing", "icon", "size"),
    [("icon.svg", "icon-192.png", 192), ("icon.svg", "icon-512.png", 512), ("mask.svg", "mask-512.png", 512)],
)
def test_icons_are_made_from_our_drawing(device, request, drawing, icon, size):
    tab = device(viewport={"width": size, "height": size}).new_page()
    style = f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>"
    tab.set_content(style + (DRAWINGS / drawing).read_text())

    made = tab.screenshot(omit_background=True)
    if request.config.getoption("--screenshots", default=False):
        (DRAWINGS / icon).write_bytes(made)

    kept, fresh = (Image.open(source).convert("RGBA") for source in (DRAWINGS / icon, BytesIO(made)))
    assert kept.size == (size, size)
    assert (
        max(ImageStat.Stat(ImageChops.difference(kept, fresh)).mean) < 2
    )  # another release may smooth edges otherwise


def test_pictures_of_a_purchase(shop, device, picture):
    here = device(viewport={"width": 390, "height": 780}, reduced_motion="reduce")
    tab, waiting = here.new_page(), here.new_page()

    tab.goto(f"{shop.url}/courses/{shop.courses[0]}/")
    picture(tab, "course")
    enrol(tab, shop, shop.courses[0], email=fresh_address())
    waiting.goto(f"{shop.url}/courses/{shop.courses[0]}/")
    waiting.get_by_role("link", name="See your order").click()
    expect(waiting.locator(STATE)).to_have_text("Waiting for payment")
    picture(waiting, "waiting")
    at_gateway(tab)
    expect(waiting.locator(STATE)).to_have_text("Your course is open")
    picture(waiting, "open")

    wide = here.new_page()
    wide.set_viewport_size({"width": 1200, "height": 800})
    wide.goto(f"{shop.url}/")
    picture(wide, "shop")


def test_pictures_of_the_office(shop, device, picture):
    buy(device().new_page(), shop, shop.courses[0], email=fresh_address())
    for course in shop.courses[1:3]:
        customer = device().new_page()
        choose_transfer(customer, shop, course, email=fresh_address())
        send_proof(customer)
    here = device(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    tab = sign_in(here, shop, shop.staff_email, shop.staff_password)

    tab.goto(f"{shop.url}/console/approvals/")
    expect(tab.locator(".queue li").nth(1)).to_be_visible()
    picture(tab, "office-approvals")
    tab.goto(f"{shop.url}/console/payments/?state=paid")
    tab.locator("main tbody th a").first.click()
    expect(tab.locator(".timeline li").last).to_be_visible()
    picture(tab, "office-payment")
