"""Which rooms are built in: what each offers is registered here, for processes with and without Django."""

from __future__ import annotations

from tollkeeper.core.registry import fulfillers
from tollkeeper.fulfilment.enrolments.fulfiller import KIND as COURSE
from tollkeeper.fulfilment.enrolments.fulfiller import Enrolments
from tollkeeper.payments.gateways.contract import gateways
from tollkeeper.payments.gateways.ikhokha import IKhokha


def furnish() -> None:
    """Register what our own rooms offer. Safe to call twice."""
    fulfillers.register(COURSE, Enrolments())
    gateways.register(IKhokha.name, IKhokha)
