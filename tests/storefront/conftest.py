"""Pages asked as browsers ask, without JavaScript: Django's test client, the real database, the sandbox as gateway.

Django is set up after the conftests are read, so that what needs it is imported inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async

from sandbox.stranger import APP_ID, SECRET, Stranger, running


@pytest.fixture(autouse=True)
def plain_static_files():
    from django.conf import settings
    from django.test import override_settings

    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain):
        yield


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Stranger]:
    with running() as stranger:
        yield stranger


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """The event loop beside which pages run, as in the web process."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def gateway(sandbox_process, monkeypatch, loop) -> Iterator[Stranger]:
    """The sandbox, with our client speaking to it."""
    from tollkeeper.core.settings import settings as instance_settings
    from tollkeeper.payments.ledger.services import gateway as speaker

    sandbox_process.control("POST", "/reset", {"seed": 7})
    monkeypatch.setenv("TOLLKEEPER_IKHOKHA_BASE_URL", f"{sandbox_process.url}/public-api/v1/api")
    monkeypatch.setenv("TOLLKEEPER_IKHOKHA_APP_ID", APP_ID)
    monkeypatch.setenv("TOLLKEEPER_IKHOKHA_APP_SECRET", SECRET)
    for cached in (instance_settings, speaker):
        cached.cache_clear()
    yield sandbox_process
    monkeypatch.undo()
    for cached in (instance_settings, speaker):
        cached.cache_clear()


@pytest.fixture
def course(db):
    from storefront import make

    return make.course()


@pytest.fixture
def buyer(db):
    from storefront import make

    return make.person("buyer@example.com")


@pytest.fixture
def staff(db):
    from storefront import make

    return make.person("staff@example.com", is_staff=True)


@pytest.fixture
def browser(loop):
    """Somebody's browser: signed in as the given person, or a guest's."""
    from django.db import connections
    from django.test import Client

    class Browser(Client):
        def request(self, **request):
            return loop.run(sync_to_async(self._on_thread)(**request))

        def _on_thread(self, **request):
            try:
                return super().request(**request)
            finally:
                connections.close_all()

    def _browser(person=None, **more) -> Client:
        client = Browser(**more)
        if person is not None:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _browser
