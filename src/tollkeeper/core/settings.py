"""Every setting of an instance, typed, in one place.

A setting is read from the environment as `TOLLKEEPER_<NAME>`; a secret also from the file that
`TOLLKEEPER_<NAME>_FILE` names, which wins. `DATABASE_URL` is read under its usual name as well.
"""

from __future__ import annotations

import os
import secrets
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tollkeeper.core.errors import Misconfigured

PREFIX = "TOLLKEEPER_"


class Environment(StrEnum):
    """What an instance is for."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PREVIEW = "preview"
    PRODUCTION = "production"


class Policy(StrEnum):
    """How much a signed callback that names no amount is trusted (DESIGN 9, iKhokha policy)."""

    CONFIRM_FIRST = "confirm-first"
    """Ask the gateway before access opens; trust the callback alone only while the gateway does not answer."""
    INSTANT = "instant"
    """Open at once, ask afterwards, suspend on a contradiction."""
    STRICT = "strict"
    """Open only on the gateway's own answer."""


class Settings(BaseSettings):
    """The instance's configuration. Secrets are `SecretStr`: their repr is asterisks."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", populate_by_name=True)

    environment: Environment = Environment.DEVELOPMENT
    """What the instance is for; production refuses what would be convenient and unsafe."""
    data_dir: Path = Path("data")
    """The one folder that everything of the instance is kept in: database, keys, static files."""
    database_url: SecretStr | None = Field(
        None, validation_alias=AliasChoices(f"{PREFIX}DATABASE_URL", "DATABASE_URL", "database_url")
    )
    """A PostgreSQL of your own, 15 or newer. Left out, one is started and kept in the data folder."""
    secret_key: SecretStr | None = None
    """Signs sessions, tickets and callback paths. Made and kept in the data folder when not given."""

    host: str = "127.0.0.1"
    """The address of this machine that the shop listens on."""
    port: int = Field(8000, ge=1, le=65535)
    """Where the shop listens. Set on purpose it is insisted on; left out, the next free one is taken."""
    public_url: str | None = None
    """Where customers and gateways reach this instance, for example `https://shop.example.com`."""
    web_workers: int = Field(1, ge=1, le=64)
    """Web processes on the same port."""
    shop_name: str = "BetaSkill"
    """The name on pages and in mails."""
    time_zone: str = "Africa/Johannesburg"
    """Times are shown in this zone, and stored in UTC."""
    language: str = "en"
    """The language of visitors whose browser asks for none that we speak: `en`, `pl` or `uk`."""

    ikhokha_app_id: str | None = None
    """The application id from iKhokha's dashboard. Without it no checkout can begin."""
    ikhokha_app_secret: SecretStr | None = None
    """Signs our requests and proves iKhokha's callbacks."""
    ikhokha_base_url: str = "https://api.ikhokha.com/public-api/v1/api"
    """Where iKhokha's API answers; the sandbox replaces it."""
    ikhokha_pay_hosts: Annotated[tuple[str, ...], NoDecode] = ("securepay.ikhokha.red", "securepay.ikhokha.com")
    """The only hosts that a customer is sent to for paying, separated by commas."""
    ikhokha_pay_page: str = "https://securepay.ikhokha.red/"
    """A pay page's address without the link's id: a status read names the id alone."""
    ikhokha_mode: str = "live"
    """Sent with every request. Keys from the dashboard work with `live` alone."""
    ikhokha_policy: Policy = Policy.CONFIRM_FIRST
    """How much a callback alone is trusted."""
    ikhokha_instant_cap_minor: int = Field(500_000, ge=0)
    """Above this amount (cents of a rand) a callback alone never opens access."""
    ikhokha_status_timeout_seconds: float = Field(1.5, gt=0, le=30)
    """How long a callback waits for iKhokha's own answer."""
    ikhokha_secret_was_public: bool = False
    """True when the secret was ever shipped to browsers (a `VITE_` file): the policy is then `strict`."""

    intake_max_body_bytes: int = Field(64 * 1024, ge=1024, le=10 * 1024 * 1024)
    """A larger webhook is answered 413."""
    intake_max_waiting: int = Field(4096, ge=1)
    """Webhooks that may wait for the database at once; more are answered 503 with Retry-After."""
    intake_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks that webhooks may come from, separated by commas; any when empty. iKhokha publishes none."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses of proxies whose `X-Forwarded-For` is believed, separated by commas. The customers of another proxy
    share one network's limits for ordering and signing in."""
    intake_max_batch: int = Field(500, ge=1, le=5000)
    """Webhooks in one transaction."""

    bank_account_holder: str = ""
    """To whom a bank transfer is made out. Where holder and account are set, customers may pay by transfer."""
    bank_name: str = ""
    """The bank's name."""
    bank_account: str = ""
    """The account's number or IBAN."""
    bank_code: str = ""
    """The branch code, where the country has one."""
    bank_swift: str = ""
    """The BIC, for payers abroad."""
    proof_max_bytes: int = Field(5 * 1024 * 1024, ge=64 * 1024, le=50 * 1024 * 1024)
    """The largest proof of payment that is taken."""
    proof_keep_days: int = Field(90, ge=1, le=3650)
    """Days after the decision until a proof's file is removed; its SHA-256, size and kind stay. As long as webhooks."""

    email_url: SecretStr = SecretStr("console:")
    """`console:` prints mails, `file:FOLDER` keeps them, `smtp://user:password@host:port` sends them."""
    email_from: str = "Tollkeeper <no-reply@localhost>"
    """The sender of every mail."""

    @field_validator("ikhokha_pay_hosts", "intake_networks", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def takes_transfers(self) -> bool:
        """Whether a customer may pay by bank transfer."""
        return bool(self.bank_account_holder and self.bank_account)

    @property
    def production(self) -> bool:
        """Whether real money may move here."""
        return self.environment is Environment.PRODUCTION

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address, without its path."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def address(self) -> str:
        """The public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        Misconfigured: names every wrong setting at once, with what was expected; values are not repeated.
    """
    try:
        return Settings(**_secrets_from_files(Settings.model_fields))
    except ValidationError as error:
        lines = {f"{_variable(str(fault['loc'][0]))}: {fault['msg']}." for fault in error.errors()}
        raise Misconfigured(" ".join(sorted(lines))) from None


def _variable(name: str) -> str:
    return name.upper() if name.upper().startswith(PREFIX) else f"{PREFIX}{name.upper()}"


def secret_key(of: Settings | None = None) -> str:
    """The instance's signing key, from the settings or made once in the data folder (mode 0600).

    Args:
        of: the instance's settings; this process's own when left out.

    Raises:
        Misconfigured: the folder cannot be written, or production runs without a key that was set on purpose.
    """
    instance = of or settings()
    configured = instance.secret_key
    if configured is not None:
        return configured.get_secret_value()
    if instance.production:
        raise Misconfigured("TOLLKEEPER_SECRET_KEY is not set, and production makes none by itself.")
    return _kept_key(instance.data_dir / "secret_key")


def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _secrets_from_files(fields: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in fields:
        path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
        if path is None:
            continue
        try:
            values[name] = Path(path).read_text().strip()
        except OSError as error:
            raise Misconfigured(f"{PREFIX}{name.upper()}_FILE names a file that cannot be read: {error}.") from error
    return values
