"""People: found, helped, let into the office and out of it; each act with its line in the audit log."""

from __future__ import annotations

import pytest

from tollkeeper.accounts.models import Person, SignIn
from tollkeeper.messaging.models import OutboxMessage

LIST = "/console/people/"


@pytest.fixture
def named(buyer):
    Person.objects.filter(pk=buyer.pk).update(name="Sample Person")
    return buyer


@pytest.mark.parametrize("words", ["buyer@", "BUYER@EXAMPLE.COM", "sample", "Sample Person"])
def test_person_is_found_by_address_or_name(named, staff, browser, words):
    page = browser(staff).get(LIST, {"q": words}).text

    assert named.email in page
    assert f">{staff.email}</a>" not in page


@pytest.mark.parametrize("words", ["%", "_", "\\", "' OR 1=1", "zzz"])
def test_odd_words_find_nobody(named, staff, browser, words):
    assert named.email not in browser(staff).get(LIST, {"q": words}).text


def test_persons_page_tells_orders_and_access(pending, buyer, staff, browser):
    page = browser(staff).get(f"{LIST}{buyer.pk}/").text

    assert pending.reference in page
    assert "Waits for approval" in page


def test_whoever_is_switched_off_is_out_at_the_next_click(staff, colleague, browser, owner):
    theirs = browser(colleague)
    assert theirs.get("/console/").status_code == 200

    browser(staff).post(f"{LIST}{colleague.pk}/standing/", {"staff": "on"})

    assert theirs.get("/console/").status_code == 404
    acts = owner.execute("SELECT act, thing, by, data FROM core_audit").fetchall()
    assert acts == [("person.standing", colleague.email, staff.email, {"is_active": False})]


def test_buyer_is_let_into_the_office(buyer, staff, browser):
    browser(staff).post(f"{LIST}{buyer.pk}/standing/", {"staff": "on", "active": "on"})

    assert browser(buyer).get("/console/").status_code == 200


@pytest.mark.parametrize("kept", [{}, {"staff": "on"}, {"active": "on"}])
def test_nobody_takes_away_their_own_way_in(staff, browser, kept):
    answer = browser(staff).post(f"{LIST}{staff.pk}/standing/", kept, follow=True)

    assert "Nobody takes away their own way in" in answer.text
    assert browser(staff).get("/console/").status_code == 200


def test_course_is_given_with_a_reason(buyer, course, staff, browser, owner):
    path = f"{LIST}{buyer.pk}/give/"
    silent = browser(staff).post(path, {"course": course.pk, "reason": ""})
    answer = browser(staff).post(path, {"course": course.pk, "reason": "Won it in the draw."}, follow=True)

    assert silent.status_code == 422
    assert "is open for them" in answer.text
    assert "All about frame" in browser(buyer).get("/learn/phone-photography/frame/").text
    assert owner.execute("SELECT DISTINCT by FROM core_audit").fetchall() == [(staff.email,)]


def test_access_mail_is_sent_again(buyer, course, staff, browser, owner):
    browser(staff).post(f"{LIST}{buyer.pk}/give/", {"course": course.pk, "reason": "A gift."})

    answer = browser(staff).post(f"{LIST}{buyer.pk}/give/", {"resend": ""}, follow=True)

    assert f"goes to {buyer.email}" in answer.text
    assert owner.execute("SELECT count(*) FROM core_audit WHERE act = 'enrolment.resend'").fetchone() == (1,)


@pytest.fixture
def phone(buyer, browser):
    """A browser in which the buyer is signed in."""
    return browser(buyer)


def signed_in(client):
    return client.get("/account/devices/").status_code == 200


def test_persons_page_shows_their_devices(phone, buyer, staff, browser):
    SignIn.objects.update(device="Chrome, Android")

    page = browser(staff).get(f"{LIST}{buyer.pk}/").text

    assert page.count("Chrome, Android") == 2
    assert phone.session.session_key not in page
    assert "Sign out everywhere" not in page


def test_staff_sign_a_person_out_on_one_device(phone, buyer, staff, browser, owner):
    other = browser(buyer)
    asked = SignIn.objects.get(session_id=phone.session.session_key)

    answer = browser(staff).post(f"{LIST}{buyer.pk}/sessions/", {"end": asked.pk}, follow=True)

    assert "Signed out on 1 device." in answer.text
    assert (signed_in(phone), signed_in(other)) == (False, True)
    acts = owner.execute("SELECT act, thing, by, data FROM core_audit").fetchall()
    assert acts == [("session.end", buyer.email, staff.email, {"sessions": 1})]


def test_staff_sign_a_person_out_everywhere_and_a_mail_says_so(phone, buyer, staff, browser):
    other, office = browser(buyer), browser(staff)

    office.post(f"{LIST}{buyer.pk}/sessions/", {"end": "all"})

    assert (signed_in(phone), signed_in(other), signed_in(office)) == (False, False, True)
    (mail,) = OutboxMessage.objects.all()
    assert (mail.recipient, "on 2 devices" in mail.text) == (buyer.email, True)


def test_second_press_does_and_tells_nothing_more(phone, buyer, staff, browser, owner):
    asked = SignIn.objects.get().pk
    office = browser(staff)

    for _ in range(2):
        answer = office.post(f"{LIST}{buyer.pk}/sessions/", {"end": asked}, follow=True)

    assert "not signed in there any more" in answer.text
    assert OutboxMessage.objects.count() == 1
    assert owner.execute("SELECT count(*) FROM core_audit").fetchone() == (1,)


def test_device_of_another_person_is_left_alone(phone, buyer, colleague, staff, browser):
    asked = SignIn.objects.get().pk

    browser(staff).post(f"{LIST}{colleague.pk}/sessions/", {"end": asked})

    assert signed_in(phone)


def test_nobody_ends_the_browser_that_asks(staff, browser):
    here, there = browser(staff), browser(staff)
    page = here.get(f"{LIST}{staff.pk}/").text

    here.post(f"{LIST}{staff.pk}/sessions/", {"end": "all"})

    assert (signed_in(here), signed_in(there)) == (True, False)
    assert page.count("This device") == 1
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("nonsense", ["", "everything", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_nonsense_signs_nobody_out(phone, buyer, staff, browser, nonsense):
    assert browser(staff).post(f"{LIST}{buyer.pk}/sessions/", {"end": nonsense}).status_code == 303

    assert signed_in(phone)


def test_buyer_and_stranger_sign_nobody_out(phone, buyer, staff, browser):
    path = f"{LIST}{buyer.pk}/sessions/"

    answers = [client.post(path, {"end": "all"}).status_code for client in (phone, browser())]

    assert answers == [404, 404]
    assert signed_in(phone)
