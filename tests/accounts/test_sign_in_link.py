from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.make import guest, mailed_link, mails, make_older, member
from tollkeeper.accounts.errors import DeadLink, TooManyTries
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import send_sign_in_link, set_password, use_link

ASK = {"way": "link", "next": "/orders/"}


def ask(client, email="guest@example.com", **rest):
    return client.post("/account/sign-in/", ASK | {"link-email": email} | rest)


def token():
    return mailed_link().split("token=")[1].split("&")[0]


def test_link_signs_in_with_one_button(browser, signed_in):
    person, client = guest(), browser()
    ask(client)

    landing = client.get(mailed_link())
    page = client.get(landing["Location"])
    answer = client.post(landing["Location"])

    assert (landing.status_code, landing["Referrer-Policy"]) == (302, "no-referrer")
    assert "token" not in landing["Location"]
    assert b"guest@example.com" in page.content
    assert (answer.status_code, answer["Location"]) == (303, "/orders/")
    assert signed_in(client) == str(person.pk)
    assert Person.objects.get().claimed_at is not None


def test_opening_a_link_changes_nothing(browser, signed_in):
    guest()
    client, preview = browser(), browser()
    ask(client)

    preview.get(mailed_link(), follow=True)
    preview.head(mailed_link())

    assert signed_in(preview) is None
    assert Person.objects.get().claimed_at is None
    client.get(mailed_link())
    assert client.post("/account/link/").status_code == 303


def test_link_works_once(browser, signed_in):
    guest()
    client, second = browser(), browser()
    ask(client)
    client.get(mailed_link())
    client.post("/account/link/")

    landing = second.get(mailed_link(), follow=True)
    answer = second.post("/account/link/")

    assert (landing.status_code, answer.status_code) == (410, 410)
    assert b"used already" in landing.content
    assert signed_in(second) is None


@pytest.mark.usefixtures("db")
def test_new_password_ends_older_links():
    person = guest()
    send_sign_in_link(email=person.email, next_path="/", language="en")
    old = token()

    set_password(person, password="a longer road to town")

    with pytest.raises(DeadLink):
        use_link(old)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("forged", ["", "x", "ż", "A" * 41, "A" * 5000, "\x00"])
def test_forged_link_signs_nobody_in(forged):
    guest()

    with pytest.raises(DeadLink, match="used already, or is too old"):
        use_link(forged)


@pytest.mark.usefixtures("db")
def test_old_link_is_dead(later):
    person = guest()
    send_sign_in_link(email=person.email, next_path="/", language="en")

    with later(minutes=31), pytest.raises(DeadLink):
        use_link(token())
    with later(minutes=29):
        assert use_link(token()) == person


def test_answer_and_work_are_the_same_for_strangers(browser):
    member("buyer@example.com")
    known, unknown = browser(), browser()

    with CaptureQueriesContext(connection) as for_known:
        first = ask(known, "buyer@example.com")
    with CaptureQueriesContext(connection) as for_unknown:
        second = ask(unknown, "nobody@example.com")

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert len(for_known) == len(for_unknown)
    assert [mail.recipient for mail in mails()] == ["buyer@example.com", "nobody@example.com"]
    assert "token=" not in mails()[1].text
    pages = [client.get("/account/link-sent/").content.decode() for client in (known, unknown)]
    assert "buyer@example.com" in pages[0]
    assert "nobody@example.com" in pages[1]


def test_fourth_link_within_a_quarter_of_an_hour_is_refused(browser, owner):
    client = browser()
    for address in ("buyer@example.com", "BUYER@example.com", " buyer@example.com"):
        assert ask(client, address).status_code == 302

    refused = ask(client, "buyer@example.com")

    assert refused.status_code == 429
    assert "Please wait 15 minutes" in refused.content.decode()
    assert int(refused["Retry-After"]) <= 900
    assert len(mails()) == 3
    make_older(901, owner)
    assert ask(client, "buyer@example.com").status_code == 302


@pytest.mark.usefixtures("db")
def test_twenty_links_an_hour_leave_one_network():
    for number in range(20):
        send_sign_in_link(email=f"p{number}@example.com", next_path="/", language="en", network="196.25.1.1")

    with pytest.raises(TooManyTries, match="Please wait 60 minutes"):
        send_sign_in_link(email="another@example.com", next_path="/", language="en", network="196.25.1.1")

    send_sign_in_link(email="another@example.com", next_path="/", language="en", network="196.25.1.2")


def test_link_goes_to_own_pages_only(browser):
    guest()
    client = browser()

    ask(client, next="https://evil.example/")
    client.get(mailed_link().replace("next=%2Fmy%2Fcourses%2F", "next=https://evil.example/"))

    assert client.post("/account/link/")["Location"] == "/my/courses/"


def test_blocked_person_gets_no_link(browser):
    member("blocked@example.com")
    Person.objects.update(is_active=False)

    ask(browser(), "blocked@example.com")

    assert "token=" not in mails()[0].text


def test_mail_is_plain_html_and_marked_as_secret(browser):
    guest()
    ask(browser())

    (mail,) = mails()

    assert mail.sensitive
    assert "It works once, within 30 minutes." in mail.text
    assert '<a href="http' in mail.html
    assert "&amp;next=" in mail.html


@pytest.mark.parametrize("typed", ["", "nobody", "a@b\r\nBcc: c@example.com"])
def test_bad_address_is_explained_and_kept(browser, typed):
    answer = ask(browser(), typed)

    assert answer.status_code == 422
    assert "e-mail address" in answer.content.decode()
    assert mails() == []


def test_button_needs_the_forgery_protection(browser, signed_in):
    guest()
    client = browser()
    ask(client)
    client.get(mailed_link())
    client.handler.enforce_csrf_checks = True

    assert client.post("/account/link/").status_code == 403
    assert signed_in(client) is None


@pytest.mark.usefixtures("db")
def test_mail_is_in_the_askers_language():
    with translation.override("en"):
        send_sign_in_link(email="nobody@example.com", next_path="/", language="uk")

    assert mails()[0].language == "uk"
