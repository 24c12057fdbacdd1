"""A PostgreSQL of our own: one folder in, a running server with roles and a database out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo

from tollkeeper.core.errors import Fault
from tollkeeper.server.account import Account, server_account
from tollkeeper.server.postgres import roles
from tollkeeper.server.postgres.binaries import Binaries, available, choose, reachable
from tollkeeper.server.postgres.cluster import SUPERUSER, password, prepare_cluster
from tollkeeper.server.postgres.place import SHELVES, Place, find_place, hold, remove_socket_folder, socket_folder
from tollkeeper.server.postgres.postmaster import Pause, Postmaster, ServerFailed

Role = Literal["app", "owner"]
_Known = TypeVar("_Known")
_ROLES = {"app": roles.APP, "owner": roles.OWNER}


def _say_nothing(sentence: str) -> None:
    """For callers that have nobody to tell."""


class Embedded:
    """PostgreSQL under our own supervision. It listens on a private socket only and ends when this process ends.

    Use it as a context manager, or call `start` and `stop`; always from the main thread.
    """

    unprotected: Sequence[str] = ()
    """Nothing: here every wall stands."""

    def __init__(
        self,
        data_dir: Path,
        *,
        announce: Callable[[str], None] = _say_nothing,
        pause: Pause = time.sleep,
        binaries: Sequence[Binaries] | None = None,
        shelves: Sequence[Path] = SHELVES,
    ) -> None:
        """Args:
        data_dir: the database's own folder, made when missing; nothing else may be in it.
        announce: is told what a person should know (where the data went, that recovery takes long).
        pause: how to wait; may raise to give up.
        binaries: the server programs to choose from; those of this machine when left out.
        shelves: where root puts data and programs that the server's account cannot reach (`place.SHELVES`).
        """
        self._wanted = data_dir
        self._announce = announce
        self._pause = pause
        self._binaries = binaries
        self._shelves = shelves
        self._chosen: Binaries | None = None
        self._account: Account | None = None
        self._place: Place | None = None
        self._socket: Path | None = None
        self._postmaster: Postmaster | None = None
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._postmaster.pid if self._postmaster else None

    @property
    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.pid is not None

    @property
    def place(self) -> Place:
        """Where the data is; known once started."""
        return _known(self._place)

    @property
    def binaries(self) -> Binaries:
        """The programs that run it (`pg_dump` and its kin among them); known once started."""
        return _known(self._chosen)

    @property
    def account(self) -> Account:
        """Who the server runs as; known once started."""
        return _known(self._account)

    def start(self) -> None:
        """Make what is missing, start the server, wait until it answers, and see to roles and database.

        Called again after the server died, it starts it again on the same data.

        Raises:
            Refusal: the folder, the account or the programs will not do; the sentence says how to mend it.
            ServerFailed: PostgreSQL would not start.
        """
        try:
            if self._lock is None:
                self._take_place()
            self._start_server()
        except BaseException:
            self.stop()
            raise

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop the server and let go of the folder. Stopping what does not run does nothing.

        Args:
            hurry: asked while waiting; true ends the server at once.
        """
        if self._postmaster is not None:
            self._postmaster.stop(hurry=hurry)
        if self._lock is not None:
            if self._socket is not None:
                remove_socket_folder(self._socket, self.place, self.account)
            os.close(self._lock)
            self._lock = None

    def dsn(self, role: Role = "app", database: str = roles.DATABASE) -> str:
        """A libpq connection string, password included, for the role and database."""
        name = _ROLES[role]
        return self._conninfo(name, database, password(self.place, self.account, name))

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database like the house's own (owner, who may connect); one that exists is left as it is."""
        with self._superuser() as connection:
            roles.make_database(connection, name, template)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its sessions."""
        with self._superuser() as connection:
            roles.remove_database(connection, name)

    def _take_place(self) -> None:
        self._account = account = server_account()
        self._place = place = find_place(self._wanted, account, self._shelves)
        self._lock = hold(place)
        found = available() if self._binaries is None else self._binaries
        self._chosen = reachable(choose(place.cluster, found), account, self._shelves)
        prepare_cluster(place, account, self._chosen)
        if account.needs_drop:
            self._announce(f"PostgreSQL runs as {account.name}; its data is in {place.folder}.")
        self._postmaster = Postmaster(place, account, announce=self._announce, pause=self._pause)

    def _start_server(self) -> None:
        place, account = self.place, self.account
        self._socket = socket_folder(place, account)
        _known(self._postmaster).start(self.binaries, self._socket)
        try:
            with self._superuser() as connection:
                roles.make_roles(connection, {name: password(place, account, name) for name in roles.LOGINS})
                roles.make_database(connection, roles.DATABASE)
        except psycopg.OperationalError as error:
            raise ServerFailed(f"PostgreSQL was lost again while it was started: {error}") from error

    @contextmanager
    def _superuser(self) -> Iterator[psycopg.Connection[Any]]:
        secret = password(self.place, self.account, SUPERUSER)
        with psycopg.connect(self._conninfo(SUPERUSER, "postgres", secret), autocommit=True) as connection:
            yield connection

    def _conninfo(self, user: str, database: str, secret: str) -> str:
        return make_conninfo(host=str(_known(self._socket)), port=5432, dbname=database, user=user, password=secret)


def _known(value: _Known | None) -> _Known:
    if value is None:
        raise Fault("The embedded database was not started.")
    return value
