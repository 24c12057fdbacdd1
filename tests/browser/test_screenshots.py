"""The pictures of docs/images, taken on a purchase. `make screenshots` writes them; every other run only takes them.

What differs from run to run (references, moments) is replaced before a picture is taken.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.journey import STATE, at_gateway, enrol, fresh_address

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
STEADY = """() => {
  for (const one of document.querySelectorAll(".reference")) one.textContent = "7QF2-K9MD-XW4ST";
  for (const one of document.querySelectorAll("time")) one.textContent = "21 March, 10:30";
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
