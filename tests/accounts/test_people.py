from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections

from accounts.make import PASSWORD, guest, member
from tollkeeper.accounts.errors import EmailTaken, WrongPassword
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.services import check_password

pytestmark = pytest.mark.usefixtures("db")


def test_new_address_becomes_a_guest():
    person = guest(" Guest@Example.com ")

    assert (person.email, person.claimed_at, person.is_staff) == ("guest@example.com", None, False)
    assert not person.has_usable_password()


def test_known_address_is_the_same_person():
    known = member("buyer@example.com")

    assert guest("BUYER@example.com") == known
    assert Person.objects.count() == 1


def test_checkouts_at_once_make_one_person():
    def arrive(_):
        try:
            return guest("rush@example.com").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        people = set(pool.map(arrive, range(12)))

    assert len(people) == 1
    assert Person.objects.count() == 1


def test_database_refuses_a_second_person_whatever_the_capitals():
    guest("buyer@example.com")

    with pytest.raises(IntegrityError, match="accounts_person_one_per_email_key"):
        Person.objects.create(email="BUYER@example.com")


def test_registering_a_known_address_changes_nothing():
    member("buyer@example.com")

    with pytest.raises(EmailTaken):
        member("Buyer@example.com", is_staff=True)

    assert not Person.objects.get().is_staff


def test_only_active_staff_have_permissions():
    staff, buyer = member("staff@example.com", is_staff=True), member("buyer@example.com")

    gone = member("gone@example.com", is_staff=True)
    gone.is_active = False

    assert [person.has_perm("anything") for person in (staff, buyer, gone)] == [True, False, False]
    assert [person.has_module_perms("anything") for person in (staff, buyer, gone)] == [True, False, False]


def test_guest_cannot_sign_in_with_any_password():
    guest("guest@example.com")

    with pytest.raises(WrongPassword):
        check_password(email="guest@example.com", password=PASSWORD)
