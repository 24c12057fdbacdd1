"""`python -m tollkeeper.sandbox`: start the sandbox, print its address as one line of JSON, serve until stopped."""

from __future__ import annotations

import json
import os
import signal
import sys

import uvicorn

from tollkeeper.sandbox.app import Sandbox
from tollkeeper.sandbox.links import Links, StateFileUnusable
from tollkeeper.sandbox.options import Options, Refused, address_of, options


def main() -> int:
    """Run the sandbox; return 2 when it refuses to start."""
    try:
        given = options(sys.argv[1:], os.environ)
        links = Links(given.state, given.seed)
    except (Refused, StateFileUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _serve(given, links)
    return 0


def _serve(given: Options, links: Links) -> None:
    sandbox = Sandbox(given.credentials, links, given.public_url, given.policy, given.settings)
    app = sandbox.application(lambda: _announce(address_of(given.listener)))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, proxy_headers=False, timeout_graceful_shutdown=1, lifespan="on"
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # uvicorn raises the signal once more when it has stopped
    uvicorn.Server(config).run(sockets=[given.listener])


def _announce(address: str) -> None:
    sys.stdout.write(json.dumps({"sandbox": address}, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
