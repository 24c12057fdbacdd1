"""An app on a phone: what was opened is readable without a network, and only by whom it still belongs to."""

from __future__ import annotations

import json
from time import monotonic

import pytest
from playwright.sync_api import expect

from browser.files_of_lessons import drawing, put_file
from browser.journey import buy, fresh_address, sign_in
from browser.looks import assert_fits_in_both_schemes

COURSE = 1
KEPT = """async () => {
  const found = [];
  for (const name of ["tollkeeper-lessons", "tollkeeper-files"]) if (await caches.has(name))
    for (const key of await (await caches.open(name)).keys()) found.push(new URL(key.url).pathname);
  return found;
}"""
TEXTS = """async () => {
  const cache = await caches.open("tollkeeper-lessons");
  return Promise.all((await cache.keys()).map(async (key) => (await cache.match(key, { ignoreVary: true })).text()));
}"""


@pytest.fixture(scope="module")
def course(shop):
    slug = shop.courses[COURSE]
    put_file(shop, slug, lessons(shop)[1], "drawing.png", drawing())
    return slug


def lessons(shop):
    """Slugs of the course's lessons, in order."""
    rows = shop.ask(
        "SELECT course.slug, lesson.slug FROM catalog_lesson AS lesson"
        " JOIN catalog_course AS course ON course.id = lesson.course_id ORDER BY lesson.position"
    )
    return [slug for course, slug in rows if course == shop.courses[COURSE]]


def until(tab, expression):
    """Wait until the script says true; the pages' policy keeps Playwright's own waiting from evaluating strings."""
    deadline = monotonic() + 15
    while not tab.evaluate(expression):
        assert monotonic() < deadline, f"never came true: {expression}"
        tab.wait_for_timeout(50)


def controlled(tab):
    until(tab, "navigator.serviceWorker.controller !== null")


def until_kept(tab, path):
    until(tab, f"async () => (await ({KEPT})()).includes({json.dumps(path)})")


@pytest.fixture
def reader(shop, device, course):
    """A guest's phone that owns the course and has opened its second lesson; gives the tab and the lesson's path."""
    tab = device().new_page()
    buy(tab, shop, course, email=fresh_address())
    controlled(tab)
    path = f"/learn/{course}/{lessons(shop)[1]}/"
    tab.goto(f"{shop.url}{path}")
    until_kept(tab, path)
    until_kept(tab, f"{path}files/drawing.png")
    return tab, path


def test_opened_lesson_and_its_picture_are_readable_without_a_network(shop, reader):
    tab, path = reader
    words = tab.locator("article p").nth(2).inner_text()

    tab.context.set_offline(True)
    tab.goto(f"{shop.url}{path}")

    expect(tab.locator("article")).to_contain_text(words)
    expect(tab.get_by_role("status").first).to_contain_text("There is no network")
    assert (
        tab.evaluate(
            "(async () => { const i = document.querySelector('main img'); await i.decode(); return i.naturalWidth })()"
        )
        == 64
    )


def test_lesson_not_opened_leads_to_the_list_of_those_that_are(shop, reader):
    tab, path = reader
    title = tab.locator("h1").inner_text()

    tab.context.set_offline(True)
    tab.goto(f"{shop.url}/my/courses/")

    expect(tab.get_by_role("heading", level=1)).to_have_text("No network")
    tab.get_by_role("link", name=title).click()
    expect(tab).to_have_url(f"{shop.url}{path}")
    expect(tab.get_by_role("heading", level=1)).to_have_text(title)


def test_network_that_comes_back_does_not_undo_a_tap(shop, reader):
    tab, path = reader
    tab.context.set_offline(True)
    tab.goto(f"{shop.url}/my/courses/")
    expect(tab.locator("#kept")).to_be_visible()

    tab.evaluate("document.querySelector('#kept a').click(); setTimeout(() => dispatchEvent(new Event('online')))")

    expect(tab).to_have_url(f"{shop.url}{path}")


@pytest.mark.parametrize(("language", "words"), [("pl", "Brak sieci"), ("uk", "Немає мережі")])
def test_offline_page_speaks_the_readers_language(shop, device, language, words):
    here = device()
    here.add_cookies([{"name": "django_language", "value": language, "url": shop.url}])
    tab = here.new_page()
    tab.goto(f"{shop.url}/")
    controlled(tab)
    tab.goto(f"{shop.url}/")

    here.set_offline(True)
    tab.goto(f"{shop.url}/my/receipts/")

    expect(tab.get_by_role("heading", level=1)).to_have_text(words)
    assert tab.locator("html").get_attribute("lang") == language


def test_nothing_personal_is_kept(shop, reader):
    tab, _path = reader

    (text,) = tab.evaluate(TEXTS)

    assert "csrf" not in text
    assert "live-ticket" not in text
    assert "@example.com" not in text
    assert "<form" not in text


def test_only_lessons_and_their_files_are_kept(shop, reader):
    tab, _path = reader
    for path in ("/my/courses/", "/my/receipts/", "/account/sign-in/", "/"):
        tab.goto(f"{shop.url}{path}")

    names = tab.evaluate("caches.keys()")
    kept = tab.evaluate(KEPT)

    assert all(path.startswith("/learn/") for path in kept)
    assert {name.split("-")[1] for name in names} == {"shell", "statics", "lessons", "files", "state"}


def test_signing_out_deletes_what_was_kept(shop, device, course):
    here = device()
    tab = sign_in(here, shop, shop.buyer_email, shop.buyer_password)
    if tab.goto(f"{shop.url}/learn/{course}/") and "/courses/" in tab.url:
        buy(tab, shop, course)
        tab.goto(f"{shop.url}/learn/{course}/")
    controlled(tab)
    path = f"/learn/{course}/{lessons(shop)[1]}/"
    tab.goto(f"{shop.url}{path}")
    until_kept(tab, path)

    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{shop.url}/")
    until(tab, f"async () => (await ({KEPT})()).length === 0")
    here.set_offline(True)
    tab.goto(f"{shop.url}{path}")

    expect(tab.get_by_role("heading", level=1)).to_have_text("No network")


def test_session_that_ended_elsewhere_deletes_what_was_kept(shop, reader):
    tab, path = reader

    tab.context.clear_cookies(name="sessionid")
    tab.goto(f"{shop.url}/")

    until(tab, f"async () => !(await ({KEPT})()).includes({json.dumps(path)})")


def test_lost_access_deletes_the_course_at_the_next_look(shop, reader):
    tab, path = reader

    tab.context.clear_cookies(name="sessionid")
    tab.goto(f"{shop.url}{path}")

    expect(tab).to_have_url(f"{shop.url}/courses/{path.split('/')[2]}/")
    until(tab, f"async () => !(await ({KEPT})()).includes({json.dumps(path)})")


def test_new_version_of_the_worker_keeps_the_lessons_and_their_looks(shop, reader):
    tab, path = reader
    tab.evaluate("caches.open('tollkeeper-shell-0000000000000000')")

    tab.evaluate("navigator.serviceWorker.getRegistration().then(one => one.unregister())")
    tab.goto(f"{shop.url}/")
    controlled(tab)
    until(tab, "async () => (await caches.keys()).filter(name => name.includes('shell')).length === 1")
    tab.context.set_offline(True)
    tab.goto(f"{shop.url}{path}")

    expect(tab.get_by_role("status").first).to_contain_text("There is no network")
    assert tab.evaluate("getComputedStyle(document.querySelector('.panel')).borderRadius") != "0px"


def test_shop_can_be_installed(shop, device):
    tab = device().new_page()
    tab.goto(f"{shop.url}/")
    controlled(tab)
    session = tab.context.new_cdp_session(tab)

    manifest = session.send("Page.getAppManifest")
    icons = json.loads(manifest["data"])["icons"]

    assert manifest["errors"] == []
    # Playwright's devices are private windows, which install nothing; there must be no other reason.
    reasons = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {reason["errorId"] for reason in reasons} <= {"in-incognito"}
    assert {tab.request.get(f"{shop.url}{icon['src']}").status for icon in icons} == {200}


def test_lessons_are_done_without_javascript(shop, device, course):
    here = device(java_script_enabled=False)
    tab = here.new_page()
    buy_without_scripts(tab, shop, course)
    tab.get_by_role("link", name="Continue course").click()

    tab.get_by_role("button", name="Done: on to the next lesson").click()
    expect(tab).to_have_url(f"{shop.url}/learn/{course}/{lessons(shop)[1]}/")
    tab.goto(f"{shop.url}/my/courses/")

    expect(tab.locator(".progress")).to_contain_text("1 of ")
    expect(tab.locator(".card")).to_contain_text("You stopped at:")


@pytest.mark.looks
@pytest.mark.parametrize("name", ["lesson", "done", "mine", "course", "devices", "kept copy", "offline"])
def test_page_is_accessible_and_fits_a_small_phone(shop, small_tab, course, name, signed_in_reader):
    first, second = lessons(shop)[:2]
    path = {
        "lesson": f"/learn/{course}/{second}/",
        "done": f"/learn/{course}/{first}/",
        "mine": "/my/courses/",
        "course": f"/courses/{course}/",
        "devices": "/account/devices/",
        "kept copy": f"/learn/{course}/{second}/copy",
        "offline": "/offline/?lang=uk",
    }[name]

    tab = small_tab("reader", storage_state=signed_in_reader, bypass_csp=True)

    assert_fits_in_both_schemes(tab, f"{shop.url}{path}")


@pytest.fixture(scope="module")
def signed_in_reader(shop, chromium, course):
    """The cookies of the demo buyer, who owns the course and is done with its first lesson."""
    context = chromium.new_context(locale="en-ZA")
    tab = sign_in(context, shop, shop.buyer_email, shop.buyer_password)
    tab.goto(f"{shop.url}/learn/{course}/")
    if "/courses/" in tab.url:
        buy(tab, shop, course)
    tab.goto(f"{shop.url}/learn/{course}/{lessons(shop)[0]}/")
    done = tab.get_by_role("button", name="Done: on to the next lesson")
    if done.count():
        done.click()
    cookies = context.storage_state()
    context.close()
    return cookies


def buy_without_scripts(tab, shop, course):
    tab.goto(f"{shop.url}/courses/{course}/")
    tab.get_by_label("Your e-mail address").fill(fresh_address())
    tab.get_by_role("button", name="Enroll now").click()
    tab.wait_for_url(f"{shop.sandbox_url}/**")
    tab.get_by_role("button", name="Pay with a test card").click()
    tab.wait_for_url("**/orders/**")
    expect(tab.locator("#state")).to_have_text("Your course is open")
