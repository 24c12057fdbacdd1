"""Checks of access."""

from __future__ import annotations

from tollkeeper.core.checks import Finding, Verdict
from tollkeeper.core.orm import raw_cursor
from tollkeeper.fulfilment.enrolments.services import prove


def paid_means_access() -> Finding:
    """Whether everybody who paid has access, and everybody with access paid. Looks at every payment, repairs none."""
    with raw_cursor() as cursor:
        found = prove(cursor)
    evidence = {"missing": [str(i) for i in found.missing[:20]], "unpaid": [str(i) for i in found.unpaid[:20]]}
    if found.holds:
        return Finding(Verdict.PASS, "Everybody who paid has access, and nobody else does.", evidence=evidence)
    return Finding(
        Verdict.FAIL,
        f"{len(found.missing)} paid without access, {len(found.unpaid)} have access without payment.",
        "Run `tollkeeper payment prove --repair`; it adds what is missing and asks a person about the rest.",
        evidence,
    )
