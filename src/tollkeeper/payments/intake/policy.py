"""How far a signed callback is trusted (DESIGN 9, iKhokha policy).

A callback names no amount, so it is a doorbell. `confirm-first` asks the gateway before anything opens and falls back
to the callback alone only while the gateway does not answer; `instant` takes the callback and asks afterwards; `strict`
never takes the callback alone.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from tollkeeper.core import clock
from tollkeeper.core.settings import Policy, Settings
from tollkeeper.payments.gateways.contract import (
    Gateway,
    GatewayRefused,
    GatewaySilent,
    Link,
    Notice,
    Standing,
    StatusRead,
)
from tollkeeper.payments.ledger import rules
from tollkeeper.payments.ledger.state import Evidence

PAUSES_SECONDS = (0.0, 0.15, 0.35, 0.6)
"""Between status reads: a gateway may ring before its own records agree. Only the last "unpaid" counts."""


class Trust:
    """Decides what a callback is worth, and asks the gateway where it must.

    Args:
        settings: policy, cap, mode and timeout.
    """

    def __init__(self, settings: Settings) -> None:
        public = settings.ikhokha_secret_was_public
        self._policy = Policy.STRICT if public else settings.ikhokha_policy
        self._cap_minor = settings.ikhokha_instant_cap_minor if settings.ikhokha_mode == "live" else 0
        self._timeout = settings.ikhokha_status_timeout_seconds
        self.strict_now = False
        """Set while the switchboard holds the flag `strict`: the gateway has contradicted its own callback."""

    async def evidence(self, gateway: Gateway, notice: Notice, *, at: datetime, digest: str) -> list[Evidence]:
        """What to settle for a notice: the notice itself, and the gateway's answer where one was needed.

        Args:
            gateway: whose notice it is.
            notice: verified.
            at: when it was received.
            digest: SHA-256 of its raw bytes, hexadecimal.
        """
        policy = Policy.STRICT if self.strict_now or not notice.bound else self._policy
        if not notice.paid or policy is Policy.INSTANT:
            return [self._alone(notice, at, digest)]
        read = await self._ask(gateway, Link(notice.link_id))
        if read is None and policy is Policy.CONFIRM_FIRST:
            return [self._alone(notice, at, digest)]
        heard = rules.from_notice(notice, at=at, digest=digest)
        answer = None if read is None else rules.from_read(notice.payment_id, read, source="status")
        return [heard] if answer is None else [heard, answer]

    def _alone(self, notice: Notice, at: datetime, digest: str) -> Evidence:
        """The callback, which is enough up to the policy's amount."""
        accepted = self._cap_minor if notice.paid else 0
        return rules.from_notice(notice, at=at, digest=digest, accepted_up_to=accepted)

    async def _ask(self, gateway: Gateway, link: Link) -> StatusRead | None:
        """The gateway's answer within the time that a callback may take; None while it does not answer."""
        read: StatusRead | None = None
        deadline = clock.monotonic() + self._timeout
        for pause in PAUSES_SECONDS:
            left = deadline - clock.monotonic() - pause
            if left <= 0:
                break
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(left):
                    read = await gateway.read_status(link)
            except (GatewaySilent, GatewayRefused, TimeoutError):
                continue
            if read.standing is Standing.PAID:
                break
        return read
