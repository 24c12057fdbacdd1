"""How a page looks to those who see little, use a small phone, or read another language."""

from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Page

SCHEMES = ("light", "dark")
LANGUAGES = ("pl", "uk")
SMALL = {"width": 320, "height": 640}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    # What is in order is counted and not described; describing it takes longer than looking.
    "resultTypes": ["violations"],
}


def assert_fits(tab: Page) -> None:
    """Axe finds nothing, and nothing is wider than a small phone."""
    found = Axe().run(tab, options=RULES)

    assert found.violations_count == 0, f"{tab.url}\n{found.generate_report()}"
    assert width(tab) == SMALL["width"]


def assert_fits_in_both_schemes(tab: Page, address: str) -> None:
    """The same in light and in dark; the page is loaded for each, since scripts may choose the colours."""
    for scheme in SCHEMES:
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        tab.goto(address)
        assert tab.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        assert_fits(tab)


def width(tab: Page) -> int:
    """In pixels, what does not fit included."""
    return int(tab.evaluate("document.documentElement.scrollWidth"))


def wide_pages(tab: Page, root: str, paths: Mapping[str, str], language: str) -> dict[str, int]:
    """Pages, by name, that do not fit a small phone in a language, and how wide they are.

    Args:
        root: the shop's address.
        paths: name → path below it.
    """
    tab.context.add_cookies([{"name": "django_language", "value": language, "url": root}])
    widths = {}
    for name, path in paths.items():
        tab.goto(root + path)
        assert tab.locator("html").get_attribute("lang") == language
        widths[name] = width(tab)
    return {name: found for name, found in widths.items() if found != SMALL["width"]}
