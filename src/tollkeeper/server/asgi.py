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
from django.core.asgi import get_asgi_application
from starlette.staticfiles import StaticFiles

from tollkeeper.core.settings import Settings
from tollkeeper.payments.gateways.contract import Gateway, gateways
from tollkeeper.payments.intake.app import Intake, Receive, Scope, Send
from tollkeeper.payments.intake.arrival import Answer, Arrival
from tollkeeper.payments.intake.gather import Gatherer
from tollkeeper.payments.intake.notebook import Notebook
from tollkeeper.payments.intake.policy import Trust
from tollkeeper.server.flags import FlagWatch
from tollkeeper.server.live import Live

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
            await self._pages(scope, receive, send)

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


def _forever(send: Send) -> Send:
    """Files carry a hash in their name, so a browser may keep them."""

    async def keep(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message = message | {"headers": [*message["headers"], (b"cache-control", IMMUTABLE)]}
        await send(message)

    return keep


async def _say(send: Send, status: int, word: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": word})
