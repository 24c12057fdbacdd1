"""The sandbox as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tollkeeper.sandbox.answers import refusal
from tollkeeper.sandbox.callbacks import Lanes, Policy, PostOffice
from tollkeeper.sandbox.chaos import Chaos, Settings
from tollkeeper.sandbox.control import Control
from tollkeeper.sandbox.desk import Desk
from tollkeeper.sandbox.errands import Errands
from tollkeeper.sandbox.gateway import Gateway
from tollkeeper.sandbox.links import Links
from tollkeeper.sandbox.paypage import PayPage
from tollkeeper.sandbox.signing import Credentials


@dataclass(frozen=True)
class Sandbox:
    """What a sandbox is made of."""

    credentials: Credentials
    links: Links
    public_url: str
    policy: Policy = field(default_factory=Policy)
    settings: Settings = field(default_factory=dict)

    def application(self, ready: Callable[[], None]) -> Starlette:
        """Build the application.

        Args:
            ready: called once requests can be answered.
        """
        lanes = Lanes(self.policy.timeout_ms)
        chaos = Chaos(self.links.seed, self.settings)
        errands = Errands()
        desk = Desk(self.links, PostOffice(lanes, self.credentials, self.policy, chaos), errands, chaos)
        gateway = Gateway(self.credentials, self.links, chaos, self.policy, self.public_url)
        page = PayPage(desk)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            ready()
            yield
            await errands.abandon()
            await lanes.close()
            self.links.close()

        async def wrong_address(request: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            if request.scope["path"].startswith("/pay"):
                return page.trouble(status, "There is nothing here", "This address is not a payment link.")
            return refusal(status, "The sandbox has no such address or method.")

        return Starlette(
            routes=[*gateway.routes(), *page.routes(), *Control(desk, chaos, self.settings).routes()],
            lifespan=lifespan,
            exception_handlers={HTTPException: wrong_address},
        )
