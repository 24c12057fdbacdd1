"""Acts round a person: arriving as a guest, proving an address, signing in, choosing a password."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from sesame.settings import MAX_AGE  # type: ignore[import-untyped]  # sesame ships no types
from sesame.utils import get_token, get_user  # type: ignore[import-untyped]  # sesame ships no types

from tollkeeper.accounts import mails
from tollkeeper.accounts.addresses import normal_email, own_path
from tollkeeper.accounts.errors import DeadLink, EmailTaken, WrongPassword
from tollkeeper.accounts.limits import (
    LINKS_PER_ADDRESS,
    LINKS_PER_NETWORK,
    ORDERS_PER_ADDRESS,
    ORDERS_PER_NETWORK,
    PASSWORDS_PER_ADDRESS,
    PASSWORDS_PER_NETWORK,
    Count,
    forgive,
    give_back,
    take_try,
)
from tollkeeper.accounts.models import Person
from tollkeeper.core.clock import now
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.messaging.outbox import enqueue

LINK_SCOPE = "sign-in"
"""Keeps a sign-in token from being used for anything else, and anything else's from signing in."""

LINK_MINUTES = int(MAX_AGE) // 60
"""How long a link works; the figure itself is Django's setting `SESAME_MAX_AGE`, in seconds."""


def person_for_checkout(*, email: str, language: str) -> Person:
    """The person of that address, made as a guest when new. Signs nobody in, and shows nothing of theirs.

    Two checkouts at once make one person.

    Raises:
        BadEmail: it is no address.
    """
    address = normal_email(email)
    known = Person.objects.with_email(address).first()
    if known is not None:
        return known
    guest = Person(email=address, language=language, password=make_password(None))
    Person.objects.bulk_create([guest], ignore_conflicts=True)
    return Person.objects.with_email(address).get()


def count_guest_order(*, email: str, network: str) -> None:
    """Count an order by somebody who only typed an address; in the transaction that stores it, so that both are kept.

    Args:
        email: as typed.
        network: whence the request comes (`limits.network_of_guest`); "" when unknown.

    Raises:
        BadEmail: it is no address.
        TooManyTries: for this address, or from this network.
    """
    take_try([Count(ORDERS_PER_ADDRESS, normal_email(email)), Count(ORDERS_PER_NETWORK, network)])


def register_person(*, email: str, name: str, password: str, is_staff: bool, language: str = "en") -> Person:
    """Make a person who can sign in with a password at once: staff, or a demo's customer.

    Raises:
        BadEmail: it is no address.
        EmailTaken: somebody has it.
    """
    address = normal_email(email)
    person = Person(
        email=address,
        name=name,
        language=language,
        is_staff=is_staff,
        claimed_at=now(),
        password=make_password(password),
    )
    made = Person.objects.bulk_create([person], ignore_conflicts=True)
    stored = Person.objects.with_email(address).get()
    if stored.pk != made[0].pk:
        raise EmailTaken
    return stored


def choose_language(person_id: UUID, *, language: str) -> None:
    """Write to the person in this language from now on, also about what they ordered in another.

    A language that the pages do not speak changes nothing.
    """
    if language in dict(django_settings.LANGUAGES):
        Person.objects.filter(pk=person_id).update(language=language, language_chosen_at=Now())


def send_sign_in_link(*, email: str, next_path: str | None, language: str, network: str = "") -> None:
    """Mail a link that signs its reader in, once.

    Whether the address belongs to anybody shows neither in the answer nor in the work: a mail is written either way.

    Args:
        email: as typed.
        next_path: where to go afterwards; only our own pages count.
        language: the asker's.
        network: whence the request comes (`limits.network_of`); "" when unknown.

    Raises:
        BadEmail: it is no address.
        TooManyTries: for this address, or from this network.
    """
    address = normal_email(email)
    take_try([Count(LINKS_PER_ADDRESS, address), Count(LINKS_PER_NETWORK, network)])
    with transaction.atomic():
        person = Person.objects.with_email(address).filter(is_active=True).first()
        token = get_token(person or Person(email=address), scope=LINK_SCOPE)
        query = urlencode({"token": token, "next": own_path(next_path)})
        link = f"{settings().address}{reverse('accounts:link')}?{query}"
        letters = (
            mails.nobody_here(email=address, language=language),
            mails.sign_in_link(email=address, link=link, minutes=LINK_MINUTES, language=language),
        )
        with raw_cursor() as cursor:
            enqueue(cursor, [letters[person is not None]])


def reader_of_link(token: str) -> Person:
    """Whom a link would sign in. Changes nothing: mail programs open links to preview them.

    Raises:
        DeadLink: used, too old, or not ours.
    """
    person = get_user(token, scope=LINK_SCOPE, update_last_login=False) if token.isascii() else None
    if not isinstance(person, Person):
        raise DeadLink(gettext("This sign-in link was used already, or is too old."))
    return person


def use_link(token: str) -> Person:
    """Use up a link. Of two uses at once, one wins.

    Returns:
        The person, with the address proven; the caller signs them in.

    Raises:
        DeadLink: used, too old, or not ours.
    """
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=reader_of_link(token).pk)
        person = reader_of_link(token)
        person.last_login = now()
        person.save(update_fields=["last_login"])
        claim(person)
    return person


def claim(person: Person) -> None:
    """Note that the person has shown to own the address. What was bought with it is theirs from here on."""
    if person.claimed_at is None:
        person.claimed_at = now()
        person.save(update_fields=["claimed_at"])


def check_password(*, email: str, password: str, network: str = "") -> Person:
    """The person whom an address and a password name.

    An unknown address, a guest without a password and a wrong password cost the same work and give the same answer.

    Raises:
        BadEmail: it is no address.
        WrongPassword: they do not belong together.
        TooManyTries: after ten failures for this address or thirty from this network within a quarter of an hour.
    """
    address = normal_email(email)
    here = Count(PASSWORDS_PER_ADDRESS, address)
    taken = take_try([here, Count(PASSWORDS_PER_NETWORK, network)])
    person = authenticate(None, username=address, password=password)
    if not isinstance(person, Person):
        raise WrongPassword(gettext("That e-mail address and that password do not belong together."))
    give_back(taken)
    forgive(here)
    return person


def set_password(person: Person, *, password: str) -> None:
    """Give the person a password, end every other session and link of theirs, and tell them by mail."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        with raw_cursor() as cursor:
            enqueue(cursor, [mails.password_changed(email=person.email, language=person.language)])
