"""A person sees where they are signed in, and ends it; nobody ends it for another."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from accounts import make
from tollkeeper.accounts.models import SignIn
from tollkeeper.accounts.sessions import device_of

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


def sign_in(client, email="buyer@example.com", agent=ANDROID):
    form = {"way": "password", "password-email": email, "password-password": make.PASSWORD}
    assert client.post("/account/sign-in/", form, headers={"user-agent": agent}).status_code == 303
    return client


@pytest.fixture
def two(browser):
    """The phone and the laptop of one person."""
    make.member()
    return sign_in(browser()), sign_in(browser(), agent=IPHONE)


def other_device(client):
    """How the page names the other device."""
    return SignIn.objects.exclude(session_id=client.session.session_key).get().pk


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (ANDROID, "Chrome, Android"),
        (IPHONE, "Safari, iPhone"),
        ("curl/8", ""),
        ("", ""),
        ("<script>Firefox/1", "Firefox"),
    ],
)
def test_device_is_told_in_words_of_ours(agent, said):
    assert device_of(agent) == said


def test_person_sees_every_device(two):
    page = two[0].get("/account/devices/").content.decode()

    assert "Chrome, Android" in page
    assert "Safari, iPhone" in page
    assert page.count("This device") == 1
    assert two[0].session.session_key not in page


def test_one_device_is_signed_out_from_another(two, signed_in):
    phone, laptop = two

    phone.post("/account/devices/", {"end": str(other_device(phone))})

    assert signed_in(phone)
    assert laptop.get("/account/devices/").status_code == 302


def test_everywhere_else_is_everywhere_but_here(two, browser):
    phone, laptop = two
    third = sign_in(browser())

    phone.post("/account/devices/", {"end": "others"})

    assert phone.get("/account/devices/").status_code == 200
    assert [client.get("/account/devices/").status_code for client in (laptop, third)] == [302, 302]
    assert Session.objects.count() == SignIn.objects.count() == 1


@pytest.mark.parametrize("is_staff", [False, True])
def test_nobody_signs_another_out(two, browser, is_staff):
    make.member("other@example.com", is_staff=is_staff)
    other = sign_in(browser(), "other@example.com")

    for sign_in_id in SignIn.objects.filter(person__email="buyer@example.com").values_list("pk", flat=True):
        other.post("/account/devices/", {"end": str(sign_in_id)})
    other.post("/account/devices/", {"end": "others"})

    assert [client.get("/account/devices/").status_code for client in two] == [200, 200]


def test_stranger_is_asked_to_sign_in(browser):
    for answer in (browser().get("/account/devices/"), browser().post("/account/devices/", {"end": "others"})):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/sign-in/")


@pytest.mark.parametrize("nonsense", ["", "all", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_nonsense_ends_nothing(two, nonsense):
    two[0].post("/account/devices/", {"end": nonsense})

    assert SignIn.objects.count() == 2


def test_page_does_not_bring_an_ended_session_back(two):
    phone, laptop = two
    phone.post("/account/devices/", {"end": "others"})

    laptop.get("/")

    assert Session.objects.filter(signin_of__isnull=False).count() == 1


def test_new_password_ends_the_others_and_keeps_this_one_listed(two):
    phone, laptop = two
    form = {"old": make.PASSWORD, "new": "another road to another town"}

    phone.post("/account/password/", form)

    assert phone.get("/account/devices/").content.decode().count("This device") == 1
    assert laptop.get("/account/devices/").status_code == 302
    assert SignIn.objects.count() == 1


def test_signing_out_takes_the_device_off_the_list(two):
    two[0].post("/account/sign-out/")

    assert SignIn.objects.count() == 1


def test_acts_are_audited(two, owner):
    two[0].post("/account/devices/", {"end": "others"})

    assert owner.execute("SELECT act, data->>'sessions' FROM core_audit").fetchall() == [("session.end", "1")]
