"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tollkeeper.sandbox.callbacks import Policy, Retries
from tollkeeper.sandbox.chaos import FAULTS, LONGEST_MS, Setting, Settings, checked
from tollkeeper.sandbox.gateway import Unacceptable, origin_of
from tollkeeper.sandbox.signing import Credentials

SECRET = "SANDBOX_APP_SECRET"  # noqa: S105 - the variable's name, not its content
ENVIRONMENT = "TOLLKEEPER_ENVIRONMENT"


class Refused(Exception):
    """The sandbox does not start, and why."""


@dataclass(frozen=True)
class Options:
    """What the command line and the environment asked for."""

    credentials: Credentials
    listener: socket.socket
    public_url: str
    state: Path | None
    seed: int | None
    policy: Policy
    settings: Settings


def options(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Read the command line and bind the socket.

    Args:
        arguments: without the program's name.
        environ: holds the app secret and the shop's environment.

    Raises:
        Refused: a sentence for the person who started it.
        SystemExit: argparse's own, status 2.
    """
    given = _parser().parse_args(arguments)
    for environment in (environ.get(ENVIRONMENT, ""), given.for_environment):
        if environment.strip().lower() == "production":
            raise Refused(
                "This is production, where payments are real: the sandbox does not start. "
                f"Set {ENVIRONMENT} to development, staging or preview to use it."
            )
    credentials = Credentials(given.app_id.strip(), environ.get(SECRET, "").strip())
    if not (credentials.app_id and credentials.secret):
        raise Refused(f"The sandbox needs an app id (--app-id) and the app secret in the variable {SECRET}.")
    settings = _settings(given.chaos)
    listener = _listener(given)
    return Options(
        credentials=credentials,
        listener=listener,
        public_url=_origin(given.public_url) if given.public_url else address_of(listener),
        state=given.state,
        seed=given.seed,
        policy=Policy(
            retries=Retries(given.retries, given.retry_spacing_ms),
            timeout_ms=given.callback_timeout_ms,
            concurrency=given.concurrency,
            allow_remote=given.allow_remote_callbacks,
        ),
        settings=settings,
    )


def address_of(listener: socket.socket) -> str:
    """Return the URL at which this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tollkeeper.sandbox",
        description=f"A stand-in for iKhokha's payment gateway. The app secret is read from {SECRET}.",
        epilog="faults: " + "  ".join(FAULTS),
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    add("--port", type=_between(0, 65_535), default=0, help="port to listen on; 0 takes a free one")
    add(
        "--fd",
        type=_between(0, 1_000_000),
        help="number of a listening TCP socket to inherit, in place of host and port",
    )
    add("--app-id", required=True, help="the merchant's application id, IK-APPID")
    add("--seed", type=_between(0, 2**63 - 1), help="decides ids and faults; left out: the state file's, or a new one")
    add("--state", type=Path, metavar="FILE", help="keep links in this file, so that they stay payable after a restart")
    add("--public-url", metavar="URL", help="origin under which browsers reach the pay page")
    add("--for-environment", default="", metavar="NAME", help="the shop's environment; production is refused")
    add("--chaos", action="append", default=[], metavar="FAULT=PROBABILITY[:limit=N][:PARAMETER=N]", help="repeatable")
    add("--retries", type=_between(0, 100), default=0, help="send a callback without a 2xx answer again this often (0)")
    add("--retry-spacing-ms", type=_between(0, LONGEST_MS), default=1_000, help="wait between retries (1000)")
    add("--callback-timeout-ms", type=_between(1, LONGEST_MS), default=15_000, help="wait for an answer (15000)")
    add("--concurrency", type=_between(1, 1_024), default=32, help="callbacks under way at once (32)")
    add("--allow-remote-callbacks", action="store_true", help="call addresses outside this machine too")
    return parser


class _between:  # noqa: N801 - reads as a function where it is used
    """An argparse type: a whole number from low to high."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) < 20 and self.low <= int(text) <= self.high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {self.low} to {self.high}")


def _settings(texts: Sequence[str]) -> Settings:
    try:
        return checked(dict(map(_setting, texts)))
    except (ValueError, msgspec.ValidationError) as error:
        raise Refused(
            f"--chaos {' '.join(texts)} cannot be read: {error}. It takes FAULT=PROBABILITY[:limit=N][:PARAMETER=N], "
            "such as callback.delay=0.5:delay_ms=200."
        ) from error


def _setting(text: str) -> tuple[str, Setting]:
    first, *rest = text.split(":")
    name, _, probability = first.partition("=")
    parameters = {key: int(number) for key, _, number in (item.partition("=") for item in rest)}
    limit = parameters.pop("limit", None)
    raw = {"probability": float(probability or 1), "limit": limit, "parameters": parameters}
    return name, msgspec.convert(raw, Setting)


def _listener(given: argparse.Namespace) -> socket.socket:
    try:
        if given.fd is not None:
            listener = socket.socket(fileno=given.fd)
            if listener.family not in (socket.AF_INET, socket.AF_INET6):
                raise Refused(f"File descriptor {given.fd} is not a TCP socket.")
        else:
            family = socket.AF_INET6 if ":" in given.host else socket.AF_INET
            listener = socket.create_server((given.host, given.port), family=family, backlog=1_024)
    except OSError as error:
        where = f"file descriptor {given.fd}" if given.fd is not None else f"{given.host} port {given.port}"
        raise Refused(
            f"The sandbox cannot listen on {where}: {error}. Name another, or port 0 for a free one."
        ) from error
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise Refused(f"File descriptor {given.fd} is a socket that does not listen.")
    return listener


def _origin(url: str) -> str:
    try:
        return origin_of(url.rstrip("/"))
    except Unacceptable as error:
        raise Refused(f"--public-url: {error}") from error
