from __future__ import annotations

import pytest
from django.contrib.auth import hashers

from accounts.make import PASSWORD, guest, mailed_link, mails, make_older, member
from tollkeeper.accounts.errors import TooManyTries, WrongPassword
from tollkeeper.accounts.models import Attempt
from tollkeeper.accounts.services import check_password

SENTENCE = "That e-mail address and that password do not belong together."


def sign_in(client, email="buyer@example.com", password=PASSWORD, **rest):
    fields = {"way": "password", "password-email": email, "password-password": password, "next": "/orders/"}
    return client.post("/account/sign-in/", fields | rest)


def test_right_password_signs_in(browser, signed_in):
    person, client = member(), browser()

    answer = sign_in(client, " BUYER@example.com")

    assert (answer.status_code, answer["Location"]) == (303, "/orders/")
    assert signed_in(client) == str(person.pk)


@pytest.mark.parametrize("who", ["buyer", "guest", "blocked", "nobody"])
def test_wrong_pairs_get_one_answer_and_one_hash(browser, signed_in, who, monkeypatch):
    for person in (member("buyer@example.com"), guest("guest@example.com"), member("blocked@example.com")):
        person.is_active = not person.email.startswith("blocked")
        person.save()
    hashes: list[str] = []
    encode = hashers.PBKDF2PasswordHasher.encode

    def counted(hasher, password, salt, iterations=None):
        hashes.append(password)
        return encode(hasher, password, salt, iterations)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", counted)
    client = browser()

    answer = sign_in(client, f"{who}@example.com", "wrong horse")

    assert answer.status_code == 422
    assert SENTENCE in answer.content.decode()
    assert signed_in(client) is None
    assert len(hashes) == 1


def test_session_key_is_new_after_signing_in(browser):
    member()
    client = browser()
    session = client.session
    session["orders"] = ["ABCD"]
    session.save()
    before = session.session_key

    sign_in(client)

    assert client.session.session_key != before
    assert client.session["orders"] == ["ABCD"]


def test_eleventh_failure_for_one_person_waits(browser, signed_in, owner):
    member()
    client = browser()
    for _ in range(10):
        assert sign_in(client, password="wrong horse").status_code == 422

    refused = sign_in(client)

    assert refused.status_code == 429
    assert "Please wait 15 minutes" in refused.content.decode()
    assert signed_in(client) is None
    make_older(901, owner)
    assert sign_in(client).status_code == 303


def test_unknown_person_runs_into_the_same_limit(browser):
    client = browser()

    answers = [sign_in(client, "nobody@example.com").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


@pytest.mark.usefixtures("db")
def test_thirty_first_failure_from_one_network_waits():
    for number in range(30):
        with pytest.raises(WrongPassword):
            check_password(email=f"p{number}@example.com", password="x", network="196.25.1.1")

    with pytest.raises(TooManyTries):
        check_password(email="another@example.com", password="x", network="196.25.1.1")


def test_success_clears_the_persons_failures_but_not_the_networks(browser):
    member()
    client = browser()
    for _ in range(9):
        sign_in(client, password="wrong horse")

    assert sign_in(client).status_code == 303

    assert set(Attempt.objects.values_list("limit_name", flat=True)) == {"password.network"}
    assert Attempt.objects.count() == 9


def test_signing_out_needs_a_post(browser, signed_in):
    member()
    client = browser()
    sign_in(client)

    assert client.get("/account/sign-out/").status_code == 200
    assert signed_in(client)
    assert client.post("/account/sign-out/")["Location"] == "/"
    assert signed_in(client) is None


def test_guest_who_came_by_link_chooses_a_password(browser):
    guest()
    client = browser()
    client.post("/account/sign-in/", {"way": "link", "link-email": "guest@example.com"})
    client.get(mailed_link())
    client.post("/account/link/")

    answer = client.post("/account/password/", {"new": "a longer road to town"})

    assert answer.status_code == 303
    assert client.get("/account/password/").status_code == 200
    assert "password" in mails()[-1].subject
    assert sign_in(browser(), "guest@example.com", "a longer road to town").status_code == 303


def test_changing_a_password_asks_for_the_old_one_and_ends_other_sessions(browser):
    member()
    here, elsewhere = browser(), browser()
    sign_in(here)
    sign_in(elsewhere)

    refused = here.post("/account/password/", {"old": "wrong horse", "new": "a longer road to town"})
    changed = here.post("/account/password/", {"old": PASSWORD, "new": "a longer road to town"})

    assert (refused.status_code, changed.status_code) == (422, 303)
    assert "not the password you have now" in refused.content.decode()
    assert here.get("/account/password/").status_code == 200
    assert elsewhere.get("/account/password/").status_code == 302


@pytest.mark.parametrize("weak", ["", "short", "password12", "buyer@example.com", "x" * 300])
def test_weak_password_is_refused_with_a_reason(browser, weak):
    member()
    client = browser()
    sign_in(client)

    answer = client.post("/account/password/", {"old": PASSWORD, "new": weak})

    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert sign_in(browser()).status_code == 303


def test_stranger_is_sent_to_sign_in(browser):
    answer = browser().get("/account/password/")

    assert answer["Location"] == "/account/sign-in/?next=/account/password/"


def test_signed_in_person_need_not_sign_in(browser):
    member()
    client = browser()
    sign_in(client)

    assert client.get("/account/sign-in/?next=/orders/")["Location"] == "/orders/"
