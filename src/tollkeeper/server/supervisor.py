"""`tollkeeper serve`: one process that starts the others, keeps them running and stops them in order.

It has one thread and one place where it waits (`Supervisor.wait`), which also passes on the children's output and
notices their ends. Children die with it, even by `kill -9`; each has a session of its own, so that Ctrl-C in a
terminal reaches the supervisor alone and the order of stopping is always the same.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Self

from tollkeeper.core import clock
from tollkeeper.core.errors import Fault, TollkeeperError
from tollkeeper.core.settings import PREFIX, Settings
from tollkeeper.server.account import Account, give, server_account
from tollkeeper.server.children import LONGEST_DELAY_SECONDS, Child, Running
from tollkeeper.server.environment import (
    child_account,
    child_environment,
    instance_of,
    post_instance,
    sandbox_environment,
    withdraw_instance,
)
from tollkeeper.server.listening import address_of, answers, listen
from tollkeeper.server.postgres import Configured, Database, Embedded

OURS = frozenset({"postgres", "postgres.lock", "secret_key", "running.json"})
"""What in the data folder is not the children's to write."""

DRAIN_SECONDS = 10.0
"""How long each stage of children may take to finish what it does."""
SANDBOX_PORT = 8100
"""Where the sandbox gateway listens, or the next free port."""

_LOOK_EVERY_SECONDS = 0.1
_IDLE_SECONDS = 1.0
_INTERRUPTED = 130
"""Exit code when a second signal cut the stopping short (128 + SIGINT, as shells count)."""

Announce = Callable[[str], None]


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


class StepFailed(Fault):
    """A step before the start failed."""

    code = "step_failed"
    remedy = "Read what it printed above, mend that, then start again."


class Supervisor:
    """The children, and the one loop that tends them. Use it as a context manager, in the main thread."""

    def __init__(self, *, account: Account, announce: Announce) -> None:
        """Args:
        account: who runs the children.
        announce: prints a line for the person at the terminal.
        """
        self._account = account
        self.say = _unbreakable(announce)
        """Prints a line, and minds no terminal that went away."""
        self._children: list[Running] = []
        self._selector = selectors.DefaultSelector()
        self._orders = 0
        self._draining = False
        self._revive_at = 0.0

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.enter_context(self._signals())
        return self

    def __exit__(self, *error: object) -> None:
        for running in self._children:
            running.kill()
        self._stack.close()

    @property
    def hurried(self) -> bool:
        """Whether a second signal came: stop waiting for anything."""
        return self._orders > 1

    def wait(self, seconds: float) -> None:
        """Wait, passing on output and noticing ends meanwhile.

        Raises:
            Stopped: a signal came, and the stopping has not begun.
        """
        until = clock.monotonic() + seconds
        while True:
            self._turn(max(0.0, until - clock.monotonic()))
            if self._orders and not self._draining:
                raise Stopped
            if clock.monotonic() >= until:
                return

    def step(self, child: Child) -> None:
        """Run a child to its end.

        Raises:
            StepFailed: it ended with an exit code other than 0.
            Stopped: a signal came; the child was ended.
        """
        running = Running(child, self._account, self.say)
        self._begin(running)
        try:
            while running.alive:
                self.wait(_LOOK_EVERY_SECONDS)
        finally:
            running.terminate()
            self._wait_for([running])
            self._end(running)
        if running.code != 0:
            raise StepFailed(f"The step {child.name} ended with exit code {running.code}.")

    def start(self, children: Sequence[Child]) -> None:
        """Start the children."""
        for child in children:
            running = Running(child, self._account, self.say)
            self._children.append(running)
            self._begin(running)

    def watch(self, database: Database, opened: Callable[[], None]) -> None:
        """Keep the children and the database running until a signal comes.

        Args:
            opened: is called once, when every child says that it is ready.

        Raises:
            Stopped: always; there is no other way out.
        """
        waiting = list(self._children)
        while True:
            self._revive(database)
            for running in self._children:
                self._tend(running)
            if waiting:
                waiting = [running for running in waiting if not (running.alive and running.child.ready())]
                if not waiting:
                    opened()
            self._turn(self._until_due(_LOOK_EVERY_SECONDS if waiting else _IDLE_SECONDS))
            if self._orders:
                raise Stopped

    def drain(self) -> None:
        """Stop the children, stage by stage; a stage that takes too long, or a second signal, is cut short."""
        self._draining = True
        for stage in sorted({running.child.stage for running in self._children}):
            group = [running for running in self._children if running.child.stage == stage]
            for running in group:
                running.terminate()
            self._wait_for(group)
            for running in group:
                self._end(running)

    def _wait_for(self, group: Sequence[Running]) -> None:
        deadline = clock.monotonic() + DRAIN_SECONDS
        while any(running.alive for running in group) and not self.hurried and clock.monotonic() < deadline:
            self._turn(_LOOK_EVERY_SECONDS)
        for running in group:
            if running.alive:
                if not self.hurried:
                    self.say(f"{running.child.name} did not end within {DRAIN_SECONDS:.0f} seconds and was killed.")
                running.kill()

    def _revive(self, database: Database) -> None:
        """Start a database that ended; one that will not start is tried again, while the children keep answering."""
        if database.alive or clock.monotonic() < self._revive_at:
            return
        self.say("PostgreSQL ended; starting it again.")
        try:
            database.start()
        except TollkeeperError as error:
            self.say(f"{error.sentence} {error.mend}")
            self._revive_at = clock.monotonic() + LONGEST_DELAY_SECONDS

    def _tend(self, running: Running) -> None:
        if running.due is not None:
            if clock.monotonic() >= running.due:
                self._begin(running)
        elif not running.alive:
            self._end(running)

    def _begin(self, running: Running) -> None:
        running.start()
        if running.output is not None:
            self._selector.register(running.output, selectors.EVENT_READ, running)

    def _end(self, running: Running) -> None:
        if running.output is not None:
            with suppress(KeyError):
                self._selector.unregister(running.output)
            running.ended()

    def _until_due(self, longest: float) -> float:
        now = clock.monotonic()
        return max(0.0, min([longest, *(running.due - now for running in self._children if running.due is not None)]))

    def _turn(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Running):
                if not key.data.read():
                    self._selector.unregister(key.fd)
            else:
                with suppress(BlockingIOError):
                    os.read(key.fd, 4096)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        self._selector.register(reading, selectors.EVENT_READ)
        wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        # Whoever started us with nohup wants us to outlive the terminal.
        hangup = () if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else (signal.SIGHUP,)
        before = {number: signal.signal(number, self._order) for number in (signal.SIGINT, signal.SIGTERM, *hangup)}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            self._selector.close()
            os.close(reading)
            os.close(writing)

    def _order(self, number: int, frame: FrameType | None) -> None:
        self._orders += 1


@dataclass
class Ready:
    """What `prepare` gets: the database is up, nothing else runs yet."""

    settings: Settings
    database: Database
    address: str
    """Where customers will reach the shop."""
    local_address: str
    """Where the shop answers on this machine."""
    shop_fd: int
    environment: dict[str, str] = field(repr=False)
    """What every child will see; `prepare` may add to it."""
    run_step: Callable[[Child], None] = field(repr=False)
    sandbox_address: str | None = None
    sandbox_fd: int | None = None

    def step(self, name: str, *arguments: str) -> None:
        """Run our Python with the arguments to its end, with the owner's address in `TOLLKEEPER_OWNER_DATABASE_URL`.

        Raises:
            StepFailed: its exit code is not 0.
        """
        env = self.environment | {f"{PREFIX}OWNER_DATABASE_URL": self.database.dsn("owner")}
        self.run_step(Child(name, [sys.executable, *arguments], env, restart=False))


def run(
    settings: Settings,
    *,
    sandbox: bool,
    announce: Announce,
    prepare: Callable[[Ready], None],
    children: Callable[[Ready], Sequence[Child]] | None = None,
    opened: Callable[[Ready], None] = lambda ready: None,
) -> int:
    """Run an instance until a signal stops it.

    Args:
        sandbox: also run the sandbox gateway, on its own address.
        announce: prints a line; never gets a secret.
        prepare: is called when the database is up and before the children start.
        children: what to start; `house` when left out.
        opened: is called when all children are ready.

    Returns:
        The exit code: 0 after an orderly stop, 130 when a second signal cut it short.

    Raises:
        Refusal: the port, the folder, the account or the database will not do.
    """
    with ExitStack() as stack:
        shop = stack.enter_context(_listener(settings, announce))
        desk = stack.enter_context(listen(settings.host, SANDBOX_PORT, exactly=False)) if sandbox else None
        supervisor = stack.enter_context(_supervisor(settings, announce))
        database = _database(settings, announce, supervisor.wait)
        try:
            ready = _open_database(settings, database, (shop, desk), supervisor)
            prepare(ready)
            supervisor.start((children or house)(ready))
            supervisor.watch(database, partial(_opened, ready, opened, supervisor.say))
        except Stopped:
            supervisor.say("Stopping.")
        finally:
            with suppress(OSError):
                withdraw_instance(settings.data_dir)
            supervisor.drain()
            database.stop(hurry=lambda: supervisor.hurried)
    return _INTERRUPTED if supervisor.hurried else 0


def house(ready: Ready) -> list[Child]:
    """The house's own processes, as `tollkeeper serve` runs them."""
    fd, env, workers = ready.shop_fd, ready.environment, ready.settings.web_workers
    names = ["web"] if workers == 1 else [f"web-{number}" for number in range(1, workers + 1)]
    web = _python("tollkeeper.server.web", "--fd", str(fd))
    found = [Child(name, web, env, fds=(fd,), stage=0, ready=partial(answers, ready.local_address)) for name in names]
    found += [Child(name, _python(f"tollkeeper.server.{name}"), env) for name in ("worker", "monitor")]
    if ready.sandbox_fd is not None:
        kept = Path(env[f"{PREFIX}DATA_DIR"]) / "sandbox.json"
        desk = _python("tollkeeper.sandbox", "--fd", str(ready.sandbox_fd), "--app-id", env[f"{PREFIX}IKHOKHA_APP_ID"])
        desk += ["--state", str(kept)]
        secret = {"SANDBOX_APP_SECRET": env[f"{PREFIX}IKHOKHA_APP_SECRET"]}
        found.append(Child("sandbox", desk, env | secret, fds=(ready.sandbox_fd,)))
    return found


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _listener(settings: Settings, announce: Announce) -> socket.socket:
    chosen = "port" in settings.model_fields_set
    listener = listen(settings.host, settings.port, exactly=chosen)
    if listener.getsockname()[1] != settings.port:
        announce(f"Port {settings.port} is taken; the shop uses {listener.getsockname()[1]}.")
    return listener


def _database(settings: Settings, announce: Announce, pause: Callable[[float], None]) -> Database:
    if settings.database_url is None:
        return Embedded(settings.data_dir / "postgres", announce=announce, pause=pause)
    return Configured(settings.database_url.get_secret_value(), os.environ.get(f"{PREFIX}OWNER_DATABASE_URL"))


def _supervisor(settings: Settings, announce: Announce) -> Supervisor:
    account = child_account(server_account(), announce)
    give(settings.data_dir, account, keep=OURS)
    return Supervisor(account=account, announce=announce)


def _open_database(
    settings: Settings, database: Database, sockets: tuple[socket.socket, socket.socket | None], supervisor: Supervisor
) -> Ready:
    database.start()
    for sentence in database.unprotected:
        supervisor.say(sentence)
    shop, desk = sockets
    ready = Ready(
        settings=settings,
        database=database,
        address=(settings.public_url or address_of(shop)).rstrip("/"),
        local_address=address_of(shop),
        shop_fd=shop.fileno(),
        environment=child_environment(settings, database.dsn("app"), shop.getsockname()[1]),
        run_step=supervisor.step,
    )
    if desk is not None:
        ready.sandbox_address, ready.sandbox_fd = address_of(desk), desk.fileno()
        ready.environment |= sandbox_environment(settings, address_of(desk))
    return ready


def _opened(ready: Ready, opened: Callable[[Ready], None], say: Announce) -> None:
    addresses = (ready.address, ready.local_address, ready.sandbox_address)
    try:
        post_instance(ready.settings.data_dir, instance_of(ready.settings, ready.environment, addresses))
    except OSError as error:
        say(f"Commands on this machine will not find this instance: {error}.")
    opened(ready)


def _unbreakable(announce: Announce) -> Announce:
    """A terminal that went away must not take the shop with it."""

    def say(line: str) -> None:
        with suppress(OSError, ValueError):
            announce(line)

    return say
