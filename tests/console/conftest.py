"""The console asked as staff's browsers ask it, with a shop behind it that has one of everything."""

from __future__ import annotations

import pytest

from storefront.conftest import browser, buyer, course, gateway, loop, plain_static_files, sandbox_process, staff

__all__ = ["browser", "buyer", "course", "gateway", "loop", "plain_static_files", "sandbox_process", "staff"]


@pytest.fixture
def colleague(db):
    from storefront import make

    return make.person("colleague@example.com", is_staff=True)


@pytest.fixture
def gone(db):
    """Worked in the office once, and is switched off."""
    from storefront import make
    from tollkeeper.accounts.models import Person

    person = make.person("gone@example.com", is_staff=True)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    return person


@pytest.fixture
def slow_track(db):
    """Nothing opens without a person."""
    from tollkeeper.core.flags import FAST_TRACK, set_flag
    from tollkeeper.core.orm import raw_cursor

    with raw_cursor() as cursor:
        set_flag(cursor, FAST_TRACK, enabled=False, by="staff@example.com", reason="A look first.")


@pytest.fixture
def pending(buyer, course, slow_track):
    from storefront import make

    return make.paid(buyer, course)


@pytest.fixture
def office(db, staff, buyer, course, pending):
    """One of everything, and the arguments that the console's addresses take."""
    from console import make

    return make.one_of_everything(staff, buyer, course, pending)


@pytest.fixture
def rf():
    from django.test import RequestFactory

    return RequestFactory()


@pytest.fixture
def asked(monkeypatch, rf):
    """How many statements a page of the console sends, by Django and by SQL of our own together."""
    import psycopg
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.urls import resolve

    sent = []
    plainly = psycopg.Cursor.execute

    def counted(self, query, *args, **keywords):
        sent.append(query)
        return plainly(self, query, *args, **keywords)

    def _asked(path, person):
        monkeypatch.setattr(psycopg.Cursor, "execute", counted)
        request = rf.get(path)
        request.user, request.session = person, {}
        request._messages = FallbackStorage(request)
        found = resolve(path.partition("?")[0])
        request.resolver_match = found
        sent.clear()
        answer = found.func(request, *found.args, **found.kwargs)
        monkeypatch.setattr(psycopg.Cursor, "execute", plainly)
        assert answer.status_code == 200
        return len(sent)

    return _asked
