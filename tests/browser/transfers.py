"""What people do about a bank transfer in the shop."""

from __future__ import annotations

import io
import secrets
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from browser.journey import STATE


def slip() -> dict[str, Any]:
    """A photograph of a bank's slip, no two alike: a file that was sent before is no second proof."""
    picture = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(picture).text((60, 80), "Payment made\nR 524.00", fill="black", font_size=60)
    out = io.BytesIO()
    picture.save(out, "JPEG", comment=secrets.token_bytes(8))
    return {"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def choose_transfer(tab: Page, shop: Any, course: str, *, email: str | None = None) -> None:
    """From the course's page to the bank's details."""
    tab.goto(f"{shop.url}/courses/{course}/")
    if email is not None:
        tab.get_by_label("Your e-mail address").fill(email)
    tab.get_by_role("button", name="Pay by bank transfer").click()
    expect(tab.locator(STATE)).to_have_text("Waiting for your bank transfer")


def send_proof(tab: Page) -> None:
    tab.get_by_label("PDF, photograph or screenshot").set_input_files(slip())
    tab.get_by_role("button", name="Send", exact=True).click()
    expect(tab.locator(STATE)).to_have_text("Your proof is here. Waiting for staff")
