"""The web process: `python -m tollkeeper.server.web --fd N`, or `--host` and `--port` to run it alone."""

from __future__ import annotations

import argparse
import gc
import resource
import socket
import sys

import uvicorn

from tollkeeper.core.logs import configure_logs
from tollkeeper.core.settings import settings
from tollkeeper.server.asgi import Front, application
from tollkeeper.server.rooms import furnish

DRAIN_SECONDS = 8
SWITCH_SECONDS = 0.002
"""The writers' threads and the event loop share one interpreter: five milliseconds would be felt by each webhook, half
of one is spent on switching (bench)."""
YOUNG_OBJECTS = 20_000
"""So many new objects before the garbage collector looks; at Python's 700 it took a seventh of the time (bench)."""


class Server(uvicorn.Server):
    """uvicorn, ending the live streams first: they would otherwise hold the drain until its time is over."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        self._front.live.drain()
        await super().shutdown(sockets)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="tollkeeper.server.web", description=__doc__)
    parser.add_argument("--fd", type=int, help="an inherited listening socket")
    options = parser.parse_args(arguments)
    configure_logs()
    furnish()
    sys.setswitchinterval(SWITCH_SECONDS)
    _take_all_files()
    front = application(settings())
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    config = uvicorn.Config(
        front,
        fd=options.fd,
        host=settings().host,
        port=settings().port,
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings().trusted_proxies,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    Server(config, front).run()
    return 0


def _take_all_files() -> None:
    """Allow as many open connections as the account may have: each live stream is one, and 1,024 is a usual default."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
