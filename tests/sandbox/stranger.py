"""Start the sandbox as its users do, by its command line, and speak to it over HTTP."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tollkeeper.sandbox.signing import sign

APP_ID = "TESTAPPID00000000000000000000001"
SECRET = secrets.token_hex(16)
API = "/public-api/v1/api"


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "tollkeeper.sandbox", "--app-id", APP_ID, *more]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "SANDBOX_APP_SECRET": SECRET, "TOLLKEEPER_ENVIRONMENT": "development", **more}


@dataclass
class Stranger:
    """A running sandbox and a merchant who has its credentials."""

    process: subprocess.Popen[str]
    http: httpx.Client

    @property
    def url(self) -> str:
        return str(self.http.base_url).rstrip("/")

    def call(self, method: str, path: str, body: bytes = b"", **more: Any) -> httpx.Response:
        headers = {"IK-APPID": APP_ID, "IK-SIGN": sign(SECRET, API + path, body)}
        return self.http.request(method, API + path, content=body, headers=headers, **more)

    def create(self, callback_url: str, reference: str = "ORD-0001", **more: Any) -> dict[str, str]:
        answer = self.call("POST", "/payment", order(callback_url, reference, **more))
        assert answer.status_code == 200, answer.text
        made: dict[str, str] = answer.json()
        return made

    def status(self, paylink_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.call("GET", f"/getStatus/{paylink_id}").json()
        return told

    def control(self, method: str, path: str, content: object = None) -> Any:
        answer = self.http.request(method, f"/control{path}", json=content if content is not None else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def chaos(self, name: str, **setting: Any) -> None:
        self.control("PUT", "/chaos", {name: setting})

    def act(self, paylink_id: str, act: str) -> Any:
        return self.control("POST", f"/links/{paylink_id}/act", {"act": act})

    def drain(self) -> None:
        assert self.control("POST", "/drain", {"timeout_ms": 20_000})["drained"]


def order(callback_url: str, reference: str = "ORD-0001", **more: Any) -> bytes:
    shop = callback_url.rsplit("/", 1)[0]
    body = {
        "entityID": APP_ID,
        "amount": 123450,
        "currency": "ZAR",
        "requesterUrl": shop,
        "mode": "live",
        "description": "Course: Intro",
        "externalTransactionID": reference,
        "urls": {
            "callbackUrl": callback_url,
            "successPageUrl": f"{shop}/ok",
            "failurePageUrl": f"{shop}/failed",
            "cancelUrl": f"{shop}/cancelled",
        },
    }
    return json.dumps({**body, **more}, separators=(",", ":"), ensure_ascii=False).encode()


@contextmanager
def running(
    arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
) -> Iterator[Stranger]:
    with subprocess.Popen(
        command(*arguments), env=dict(environ or environment()), stdout=subprocess.PIPE, text=True, pass_fds=pass_fds
    ) as process:
        try:
            assert process.stdout is not None
            address = json.loads(process.stdout.readline())["sandbox"]
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as http:
                yield Stranger(process, http)
        finally:
            process.terminate()
