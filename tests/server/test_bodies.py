"""How much of a body is taken from whom: a file of a course is for staff alone, and Django spools before it looks."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.make import guest
from tollkeeper.core.settings import settings
from tollkeeper.server.asgi import STAFF_BODY_BYTES, Front

pytestmark = pytest.mark.usefixtures("db")


def most(path, *, person=None, method="POST", cookie=b""):
    if person is not None:
        browser = Client()
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        name = django_settings.SESSION_COOKIE_NAME
        cookie = f"{name}={browser.cookies[name].value}".encode()
    scope = {"path": path, "method": method, "headers": [(b"cookie", cookie)]}
    return asyncio.run(Front(settings())._most(scope))


def staff(**more):
    person = guest("office@example.com")
    for name, value in ({"is_staff": True} | more).items():
        setattr(person, name, value)
    person.save()
    return person


def test_staff_send_a_course_its_files():
    assert most("/console/edit/catalog/lesson/1/change/", person=staff()) == STAFF_BODY_BYTES


@pytest.mark.parametrize("cookie", [b"", b"sessionid=made-up", b"sessionid=\xff; =;;", b"sessionid=a\0b"])
def test_strangers_send_no_more_than_a_proof(cookie):
    assert most("/console/edit/catalog/lesson/1/change/", cookie=cookie) < STAFF_BODY_BYTES / 100


def test_customers_and_former_staff_send_no_more_than_a_proof():
    small = settings().proof_max_bytes * 2

    assert most("/console/edit/catalog/lesson/1/change/", person=guest("buyer@example.com")) < small
    assert most("/console/edit/catalog/lesson/1/change/", person=staff(is_active=False)) < small


def test_staff_send_no_more_elsewhere():
    assert most("/courses/one/enrol/", person=staff()) < STAFF_BODY_BYTES / 100
