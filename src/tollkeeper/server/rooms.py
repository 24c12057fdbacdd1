"""Which rooms are built in: what each offers is registered here, for processes with and without Django."""

from __future__ import annotations

from tollkeeper.core.registry import checks, fulfillers
from tollkeeper.fulfilment.enrolments.checks import paid_means_access
from tollkeeper.fulfilment.enrolments.fulfiller import KIND as COURSE
from tollkeeper.fulfilment.enrolments.fulfiller import Enrolments
from tollkeeper.payments.gateways.checks import ikhokha_reachable
from tollkeeper.payments.gateways.contract import gateways
from tollkeeper.payments.gateways.ikhokha import IKhokha
from tollkeeper.payments.gateways.transfer import Transfer
from tollkeeper.payments.ledger.checks import checkouts_allowed, journal_horizon_age, partitions_ahead


def furnish() -> None:
    """Register what our own rooms offer. Safe to call twice."""
    fulfillers.register(COURSE, Enrolments())
    gateways.register(IKhokha.name, IKhokha)
    gateways.register(Transfer.name, Transfer)
    checks.register("enrolments.paid_means_access", paid_means_access)
    checks.register("gateways.ikhokha_reachable", ikhokha_reachable)
    checks.register("ledger.checkouts_allowed", checkouts_allowed)
    checks.register("ledger.journal_horizon_age", journal_horizon_age)
    checks.register("ledger.partitions_ahead", partitions_ahead)
