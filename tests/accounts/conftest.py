from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings


@pytest.fixture(autouse=True)
def plain_static_files():
    """Nothing is collected in a test, so static files keep their plain names."""
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain):
        yield


@pytest.fixture
def browser(db):
    """Opens a fresh browser, as each person and device has."""
    return lambda: Client(HTTP_HOST="localhost")


@pytest.fixture
def signed_in():
    """Whose session a browser holds, by id; None for nobody."""
    return lambda client: (
        client.session.get("_auth_user_id") if settings.SESSION_COOKIE_NAME in client.cookies else None
    )


@pytest.fixture
def later():
    """Moves the clock of this process forward; the database keeps its own."""

    @contextmanager
    def travel(**by):
        with time_machine.travel(datetime.now(UTC) + timedelta(**by), tick=True):
            yield

    return travel
