"""Who the servers run as, and how a process is started as somebody else.

PostgreSQL refuses to run as root, and a web server should not. Root therefore hands everything but the bound
sockets to an existing account; it makes no account, and it changes the mode of nobody's folders.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

from tollkeeper.core.errors import Fault, Refusal

ACCOUNTS = ("tollkeeper", "nobody")
"""Whom root becomes: the first of these that exists."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class NoAccount(Refusal):
    """Tollkeeper was started as root and found no account to run its servers as."""

    code = "no_account"
    remedy = "Make one (`useradd --system tollkeeper`), or start Tollkeeper as an ordinary user."


class NotPermitted(Refusal):
    """The account that runs the servers may not do that."""

    code = "not_permitted"


@dataclass(frozen=True)
class Account:
    """Somebody in the machine's password file. `named` is false for a bare number that the file does not list."""

    name: str
    uid: int
    gid: int
    named: bool = True

    @property
    def needs_drop(self) -> bool:
        """Whether this process is root and has to become somebody else first."""
        return os.geteuid() == 0 and self.uid != 0


def current_account() -> Account:
    """Who runs this process."""
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, os.getegid(), named=False)
    return Account(entry.pw_name, uid, os.getegid())


def server_account() -> Account:
    """Who runs the servers: the caller, or for root the first of `ACCOUNTS` that exists.

    Raises:
        NoAccount: root, and none of them exists.
    """
    if os.geteuid() != 0:
        return current_account()
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise NoAccount


@dataclass(frozen=True)
class Command:
    """A process to start. `dies_with_us` is the signal that it gets when we die, even by `kill -9`."""

    argv: Sequence[str | Path]
    account: Account
    env: Mapping[str, str] = field(repr=False)
    dies_with_us: signal.Signals = signal.SIGTERM
    cwd: Path | None = None
    fds: tuple[int, ...] = ()


Stream = int | IO[bytes] | None


def launch(
    command: Command, *, stdin: Stream = subprocess.DEVNULL, stdout: Stream = None, stderr: Stream = None
) -> subprocess.Popen[bytes]:
    """Start a process in its own session, as the command's account, tied to our life.

    Raises:
        Fault: called outside the main thread: the kernel ties the child to the *thread* that forked it (prctl(2)).
        OSError: the program cannot be executed.
    """
    if threading.current_thread() is not threading.main_thread():
        raise Fault("Processes can be started from the main thread only: they die with the thread that starts them.")
    parent = os.getpid()

    def become() -> None:
        if command.account.needs_drop:
            _drop_to(command.account)
        # After setuid, which clears it.
        _libc.prctl(_PR_SET_PDEATHSIG, int(command.dies_with_us), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)

    return subprocess.Popen(  # noqa: S603 - every argv is built by this room, none by a request
        command.argv,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=dict(command.env),
        cwd=command.cwd,
        pass_fds=command.fds,
        start_new_session=True,
        preexec_fn=become,  # noqa: PLW1509 - safe: one thread, and prctl has no other place
    )


def give(folder: Path, account: Account, *, keep: Container[str] = ()) -> None:
    """Make a folder and hand it, with what is in it, to the account that will write there.

    Args:
        folder: made when missing; parents are left as they are.
        account: who writes.
        keep: names in the folder that stay whose they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not account.needs_drop:
        return
    os.chown(folder, account.uid, account.gid)
    for entry in folder.iterdir():
        if entry.name not in keep:
            for path in [entry, *(entry.rglob("*") if entry.is_dir() and not entry.is_symlink() else ())]:
                os.chown(path, account.uid, account.gid, follow_symlinks=False)


def as_account(account: Account, act: Callable[[], str]) -> str:
    """Do something with files as the account, in a child of its own, and return what it returned.

    Root touches nothing inside a folder that another account owns: whoever owns it could put a link there.

    Raises:
        NotPermitted: the act raised an OSError; the sentence is the error's.
    """
    if not account.needs_drop:
        try:
            return act()
        except OSError as error:
            raise NotPermitted(f"{account.name} cannot do that: {error}.") from error
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _act_and_exit(account, act, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if status:
        raise NotPermitted(f"{account.name} cannot do that: {answer or 'the attempt ended without an answer'}.")
    return answer


def may(account: Account, mode: int, *paths: Path) -> bool:
    """Whether the account really has the access (`os.R_OK`, `os.X_OK`, …) to every path, tried as that account."""
    answer = as_account(account, lambda: "yes" if all(os.access(path, mode) for path in paths) else "no")
    return answer == "yes"


def _act_and_exit(account: Account, act: Callable[[], str], writing: int) -> NoReturn:
    status = 1
    try:
        _drop_to(account)
        answer = act()
        status = 0
    except Exception as error:  # noqa: BLE001 - this child must end here, whatever happened
        answer = str(error)
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer.encode())
    finally:
        os._exit(status)


def _drop_to(account: Account) -> None:
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
