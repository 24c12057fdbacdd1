"""Checks of the gateways."""

from __future__ import annotations

import asyncio

from tollkeeper.core import clock
from tollkeeper.core.checks import Finding, Verdict
from tollkeeper.core.ids import new_id
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.contract import GatewayRefused, GatewaySilent, gateways


def ikhokha_reachable() -> Finding:
    """Whether iKhokha answers a signed question about a payment that does not exist; it costs nothing."""
    instance = settings()
    evidence: dict[str, object] = {"address": instance.ikhokha_base_url}
    if not instance.ikhokha_app_id or instance.ikhokha_app_secret is None:
        return Finding(
            Verdict.UNKNOWN,
            "iKhokha is not set up here, so it was not asked.",
            "Set TOLLKEEPER_IKHOKHA_APP_ID and TOLLKEEPER_IKHOKHA_APP_SECRET, or start with --sandbox.",
            evidence,
        )
    began = clock.monotonic()
    try:
        asyncio.run(gateways.get("ikhokha")(instance).find(new_id()))
    except GatewayRefused as refused:
        mend = "Compare the id and the secret with iKhokha's dashboard; the secret has no spaces."
        return Finding(Verdict.FAIL, f"iKhokha does not take our question: {refused.sentence}", mend, evidence)
    except GatewaySilent as silent:
        mend = "See that this machine reaches that address, and that iKhokha has no outage. Payments wait meanwhile."
        return Finding(Verdict.FAIL, f"iKhokha does not answer: {silent.sentence}", mend, evidence)
    evidence["ms"] = round((clock.monotonic() - began) * 1000, 1)
    return Finding(Verdict.PASS, "iKhokha answers and takes our credentials.", evidence=evidence)
