"""The till with the sandbox as gateway."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from checkout.conftest import as_page, gateway, loop, sandbox_process
from sandbox.stranger import APP_ID, SECRET
from tollkeeper.sandbox.signing import sign

__all__ = ["as_page", "gateway", "loop", "sandbox_process", "web"]


@dataclass
class Web:
    """The web process's application on a port of its own, and a gateway's hand to knock with."""

    front: Any
    http: httpx.Client
    address: tuple[str, int]
    codes: dict[str, str] = field(default_factory=dict)

    def path(self, payment) -> str:
        return self.front.intake.gateways["ikhokha"].callback_path(payment.id)

    def knock(self, payment, status="SUCCESS", *, path=None, link=None, **more) -> httpx.Response:
        """A signed callback about a payment."""
        code = {"SUCCESS": "00"}.get(status, "99")
        body = {"paylinkID": link or f"page-{payment.id.hex}", "status": status, "responseCode": code}
        body |= {"externalTransactionID": payment.id.hex} | more
        return self.signed(path or self.path(payment), json.dumps(body, separators=(",", ":")).encode())

    def signed(self, path: str, body: bytes, **more) -> httpx.Response:
        headers = {"ik-appid": APP_ID, "ik-sign": sign(SECRET, path, body), "content-type": "application/json"}
        return self.http.post(path, content=body, headers=headers | more)


@pytest.fixture
def web(db, gateway):
    from tollkeeper.core.settings import settings
    from tollkeeper.server.asgi import application

    front = application(settings())
    server = uvicorn.Server(uvicorn.Config(front, lifespan="on", ws="none", log_config=None, access_log=False))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = listener.getsockname()
        with httpx.Client(base_url=f"http://127.0.0.1:{address[1]}", timeout=30, trust_env=False) as http:
            while not server.started:
                thread.join(0.01)
            yield Web(front, http, address)
        server.should_exit = True
        thread.join()
