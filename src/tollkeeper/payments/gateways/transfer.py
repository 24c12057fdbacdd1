"""Bank transfers: a way to be paid that has nobody to ask.

The "page" is the order's own page, which shows our bank details and takes the proof. That money came is said by a
person of the staff or by a bank statement (`payments.ledger`), never by a message from outside.
"""

from __future__ import annotations

from datetime import date
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from tollkeeper.core.settings import Settings
from tollkeeper.payments.gateways.contract import (
    GatewaySilent,
    Intent,
    Link,
    Notice,
    Reason,
    Rejected,
    StatusRead,
    Webhook,
)


class Transfer:
    """Speaks to nobody.

    Args:
        settings: the public address. Bank details are not needed: they may be taken away while orders wait.
    """

    name = "transfer"

    def __init__(self, settings: Settings) -> None:
        self._prefix = urlsplit(settings.address).path

    def __repr__(self) -> str:
        return "Transfer()"

    async def open(self, intent: Intent) -> Link:
        """See `Gateway.open`: the order's page, by the reference that the customer writes on the transfer."""
        return Link(intent.reference, intent.return_url)

    async def find(self, payment_id: UUID) -> StatusRead | None:
        """See `Gateway.find`: there is nobody who would know of one."""
        return None

    async def read_status(self, link: Link) -> NoReturn:
        """See `Gateway.read_status`.

        Raises:
            GatewaySilent: always.
        """
        raise GatewaySilent(
            "A bank transfer has nobody to ask.", remedy="Look into the bank account, then approve or reject it."
        )

    async def history(self, since: date, until: date) -> list[StatusRead]:
        """See `Gateway.history`: empty; bank statements are read elsewhere."""
        return []

    def verify(self, webhook: Webhook) -> Notice:
        """See `Gateway.verify`.

        Raises:
            Rejected: always: nobody may report a transfer from outside.
        """
        raise Rejected(Reason.WRONG_PATH, "Bank transfers have no webhooks.")

    def callback_path(self, payment_id: UUID) -> str:
        """See `Gateway.callback_path`: a place where nothing listens."""
        return f"{self._prefix}/webhooks/{self.name}"
