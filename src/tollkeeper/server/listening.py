"""The sockets that the supervisor binds once and hands down: no connection is refused while a child restarts."""

from __future__ import annotations

import errno
import http.client
import socket
from urllib.parse import urlsplit

from tollkeeper.core.errors import Refusal

TRIES = 20
"""Ports that are tried, one after the other, when nobody asked for a certain one."""

_BACKLOG = 2048


class PortTaken(Refusal):
    """The port is taken."""

    code = "port_taken"
    remedy = "Stop the process that listens there, or choose another port with TOLLKEEPER_PORT."


class CannotListen(Refusal):
    """The address cannot be listened on."""

    code = "cannot_listen"
    remedy = "Choose another address with TOLLKEEPER_HOST and TOLLKEEPER_PORT (ports below 1024 need root)."


def listen(host: str, port: int, *, exactly: bool) -> socket.socket:
    """Bind and listen.

    Args:
        exactly: refuse when the port is taken; else take the next free one among `TRIES`.

    Raises:
        PortTaken: by another process.
        CannotListen: no such address here, or no right to the port.
    """
    last = port if exactly else min(port + TRIES - 1, 65535)
    for candidate in range(port, last + 1):
        try:
            return _bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CannotListen(f"Cannot listen on {host}, port {candidate}: {error.strerror or error}.") from error
    which = f"Port {port} is" if exactly else f"Ports {port} to {last} are all"
    raise PortTaken(f"{which} taken on {host}.")


def address_of(listener: socket.socket) -> str:
    """The listener's address as a browser on this machine would type it."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(address: str, *, within: float = 0.5) -> bool:
    """Whether a server answers there with anything but an error of its own.

    Args:
        within: seconds; a listening socket accepts before anybody answers on it.
    """
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=within)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _bind(host: str, port: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
