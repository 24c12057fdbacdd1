"""The web process's application: webhooks and live streams first, then files, then Django's pages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.db import DatabaseError, connections
from django.http import parse_cookie
from django.utils.module_loading import import_string
from starlette.staticfiles import StaticFiles

from tollkeeper.core import clock
from tollkeeper.core.settings import Settings
from tollkeeper.payments.gateways.contract import Gateway, gateways
from tollkeeper.payments.intake.app import Intake, Receive, Scope, Send
from tollkeeper.payments.intake.arrival import Answer, Arrival
from tollkeeper.payments.intake.gather import Gatherer
from tollkeeper.payments.intake.notebook import Notebook
from tollkeeper.payments.intake.policy import Trust
from tollkeeper.payments.transfers.kinds import CUT_OFF
from tollkeeper.server.flags import FlagWatch
from tollkeeper.server.live import Live

FORM_BYTES = 64 * 1024
"""What a form's fields and its boundaries weigh, beside a file."""
STAFF_BODY_BYTES = 1024**3 + FORM_BYTES
BODY_SECONDS = 300.0
"""A phone on a bad line sends five megabytes in two minutes."""
IMMUTABLE = b"public, max-age=31536000, immutable"


Application = Callable[[Any, Receive, Any], Awaitable[None]]


class Front:
    """Sends each request to who answers it.

    Args:
        settings: the instance's.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.database_url is None:
            raise RuntimeError("The web process needs TOLLKEEPER_DATABASE_URL; `tollkeeper serve` sets it.")
        dsn = settings.database_url.get_secret_value()
        self.notebook = Notebook(dsn)
        self.live = Live(dsn, self.notebook, alone=settings.web_workers == 1)
        self.trust = Trust(settings)
        self.gatherer = Gatherer(
            dsn, max_batch=settings.intake_max_batch, max_waiting=settings.intake_max_waiting, done=self._committed
        )
        self.intake = Intake(
            _speakers(settings),
            self.gatherer,
            self.trust,
            self.notebook,
            settings.intake_max_body_bytes,
            settings.intake_networks,
        )
        self._flags = FlagWatch(dsn, self.trust)
        self._proof_bytes = settings.proof_max_bytes
        self._pages: Application = get_asgi_application()
        self._files = StaticFiles(directory=Path(settings.data_dir) / "static", check_dir=False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if Intake.takes(path):
            await self.intake(scope, receive, send)
        elif path in {"/live", "/live/shown"}:
            await self.live(scope, receive, send)
        elif path == "/livez":
            await _say(send, 200, b"alive")
        elif path == "/readyz":
            await _say(send, *((200, b"ready") if self.live.healthy else (503, b"the database is away")))
        elif path.startswith("/static/"):
            await self._files(dict(scope, path=path.removeprefix("/static")), receive, _forever(send))
        else:
            await self._pages(scope, _bounded(scope, receive, await self._most(scope)), send)

    async def _most(self, scope: Scope) -> int:
        """The largest body that a page takes: a proof of payment with its form, or a course's file from staff."""
        staffs = scope["path"].startswith("/console/edit/") and scope["method"] == "POST"
        if staffs and await asyncio.to_thread(_from_staff, dict(scope["headers"]).get(b"cookie", b"")):
            return STAFF_BODY_BYTES
        return self._proof_bytes + FORM_BYTES

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._loop = asyncio.get_running_loop()
        self.notebook.start()
        self.gatherer.start()
        self._tasks = [asyncio.create_task(self.live.listen()), asyncio.create_task(self._flags.watch())]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.gatherer.stop()
        await asyncio.to_thread(self.notebook.stop)
        await send({"type": "lifespan.shutdown.complete"})

    def _committed(self, answers: Sequence[tuple[Arrival, Answer]], at: datetime) -> None:
        """On the writer's thread, after each commit."""
        for arrival, answer in answers:
            if answer is Answer.SETTLED:
                self.notebook.passed(arrival.payment_id, "committed", at)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.live.hint)


def application(settings: Settings) -> Front:
    """The web process's application, with Django set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
    django.setup()
    return Front(settings)


def _speakers(settings: Settings) -> Mapping[str, Gateway]:
    """The gateways that this instance has settings for."""
    configured = {}
    if settings.ikhokha_app_id and settings.ikhokha_app_secret:
        configured["ikhokha"] = gateways.get("ikhokha")(settings)
    return configured


def _from_staff(cookie: bytes) -> bool:
    """Whether a request's cookies are those of a member of staff; no, where that cannot be found out."""
    belongs_to_staff = import_string("tollkeeper.accounts.sessions.belongs_to_staff")  # models, once Django is set up
    found = parse_cookie(cookie.decode("latin-1")).get(django_settings.SESSION_COOKIE_NAME, "")
    try:
        return bool(found) and belongs_to_staff(found)
    except (DatabaseError, ValueError):
        return False
    finally:
        connections.close_all()


def _forever(send: Send) -> Send:
    """Files carry a hash in their name, so a browser may keep them."""

    async def keep(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message = message | {"headers": [*message["headers"], (b"cache-control", IMMUTABLE)]}
        await send(message)

    return keep


def _bounded(scope: Scope, receive: Receive, most: int) -> Receive:
    """A page's body, up to a bound in size and time: Django spools all of it to the disk before any view is asked.

    What lies beyond is swallowed, so that the browser hears the answer; what takes too long is a lost connection.
    """
    until = clock.monotonic() + BODY_SECONDS
    taken, ended = 0, False

    async def bounded() -> Any:
        nonlocal taken, ended
        if ended:
            while (message := await receive())["type"] == "http.request":
                pass
            return message
        try:
            async with asyncio.timeout(until - clock.monotonic()):
                message = await receive()
        except TimeoutError:
            ended = True
            return {"type": "http.disconnect"}
        if message["type"] != "http.request":
            return message
        body = message.get("body", b"")
        taken += len(body)
        ended = not message.get("more_body", False) or taken > most
        if taken > most:
            scope[CUT_OFF] = True
            return {"type": "http.request", "body": body[: most - taken], "more_body": False}
        return message

    return bounded


async def _say(send: Send, status: int, word: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": word})
