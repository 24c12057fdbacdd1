"""What the supervisor's children see, who runs them, and where commands on the same machine find them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

import tollkeeper
from tollkeeper.core.settings import PREFIX, Settings, secret_key
from tollkeeper.server.account import Account, Command, current_account, launch

RUNNING = "running.json"
"""In the data folder, mode 0600, while the instance runs."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance that runs now.

    Args:
        pid, began: its supervisor; `began` in the kernel's ticks, so that a later process of that number is not it.
        address: where customers reach the shop.
        local_address: where the shop answers on this machine.
        sandbox_address: of its sandbox gateway, if it has one.
        environment: what a command needs to act on it, beyond what the operator has set: the address of a database of
            our own, and the credentials that were made for this run of the sandbox. Nothing that an operator set on
            purpose is written down again.
    """

    pid: int
    began: str
    address: str
    local_address: str
    sandbox_address: str | None
    environment: dict[str, str] = field(repr=False)


def instance_of(settings: Settings, env: dict[str, str], addresses: tuple[str, str, str | None]) -> Instance:
    """This process's instance.

    Args:
        env: what its children see.
        addresses: public, local, and the sandbox's.
    """
    names = ["HOST", "PORT"]
    if settings.database_url is None:
        names.append("DATABASE_URL")
    if addresses[2] is not None:
        names += ["IKHOKHA_BASE_URL", "IKHOKHA_PAY_PAGE", "IKHOKHA_PAY_HOSTS"]
        names += ["IKHOKHA_APP_ID"] if settings.ikhokha_app_id is None else []
        names += ["IKHOKHA_APP_SECRET"] if settings.ikhokha_app_secret is None else []
    told = {f"{PREFIX}{name}": env[f"{PREFIX}{name}"] for name in names}
    return Instance(os.getpid(), _began(os.getpid()), *addresses, told)


def post_instance(data_dir: Path, instance: Instance) -> None:
    """Write down that an instance runs.

    Raises:
        OSError: the folder cannot be written.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    partial = data_dir / f".{RUNNING}.{instance.pid}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(instance))
    partial.replace(data_dir / RUNNING)


def withdraw_instance(data_dir: Path) -> None:
    """Take our own word back; another instance's stays."""
    found = running_instance(data_dir)
    if found is not None and found.pid == os.getpid():
        (data_dir / RUNNING).unlink(missing_ok=True)


def running_instance(data_dir: Path) -> Instance | None:
    """The instance that runs on a data folder; None where there is none, or where a killed one left its word behind.

    Raises:
        PermissionError: it belongs to another account.
    """
    try:
        found = msgspec.json.decode((data_dir / RUNNING).read_bytes(), type=Instance)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None
    return found if found.began and _began(found.pid) == found.began else None


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did; empty for one that is gone (proc(5), field 22)."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state == "Z" else fields[18]


def child_environment(settings: Settings, dsn: str, port: int) -> dict[str, str]:
    """Our own environment, with the settings as we read them and no address of the owner's.

    Args:
        dsn: the application's connection string.
        port: where the shop really listens.
    """
    env = dict(os.environ)
    for name in Settings.model_fields:
        # A secret's file may be readable to us alone, so the children get what it said.
        if env.pop(f"{PREFIX}{name.upper()}_FILE", None) is not None:
            value = getattr(settings, name)
            env[f"{PREFIX}{name.upper()}"] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    for name in ("DATABASE_URL", f"{PREFIX}OWNER_DATABASE_URL"):
        env.pop(name, None)
    return env | {
        f"{PREFIX}DATABASE_URL": dsn,
        f"{PREFIX}DATA_DIR": str(settings.data_dir.absolute()),
        f"{PREFIX}HOST": settings.host,
        f"{PREFIX}PORT": str(port),
        f"{PREFIX}SECRET_KEY": secret_key(settings),
        "PYTHONUNBUFFERED": "1",
    }


def sandbox_environment(settings: Settings, address: str) -> dict[str, str]:
    """What points the shop at the sandbox gateway, and the credentials that both share for this run."""
    known = settings.ikhokha_app_secret
    return {
        f"{PREFIX}IKHOKHA_BASE_URL": f"{address}{urlsplit(settings.ikhokha_base_url).path}",
        f"{PREFIX}IKHOKHA_PAY_PAGE": f"{address}/pay/",
        f"{PREFIX}IKHOKHA_PAY_HOSTS": str(urlsplit(address).hostname),
        f"{PREFIX}IKHOKHA_APP_ID": settings.ikhokha_app_id or f"IK{secrets.token_hex(8).upper()}",
        f"{PREFIX}IKHOKHA_APP_SECRET": known.get_secret_value() if known else secrets.token_urlsafe(32),
    }


def child_account(account: Account, announce: Callable[[str], None]) -> Account:
    """Who runs our own children: the server's account if it can run our Python at all, else we ourselves."""
    if not account.needs_drop or _can_run_us(account):
        return account
    announce(
        f"Our own processes run as root, because {account.name} may not run {sys.executable}. To mend it, keep "
        "Tollkeeper and its Python where every account may read them, for example under /opt."
    )
    return current_account()


def _can_run_us(account: Account) -> bool:
    env = {"PATH": os.defpath, "PYTHONPATH": str(Path(tollkeeper.__file__).parents[1])}
    command = Command([sys.executable, "-c", "import tollkeeper, psycopg"], account, env, cwd=Path("/"))
    try:
        return launch(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0
    except OSError:
        return False
