"""What the supervisor's children see, and who runs them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

import tollkeeper
from tollkeeper.core.settings import PREFIX, Settings, secret_key
from tollkeeper.server.account import Account, Command, current_account, launch


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
