"""Shows and proves payments."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from tollkeeper.cli.output import BadArguments, end, print_json, print_table, say
from tollkeeper.core import clock
from tollkeeper.core.ids import parse_reference
from tollkeeper.core.money import Money
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.services import Proof, prove_and_repair
from tollkeeper.fulfilment.enrolments.services import prove as look
from tollkeeper.payments.ledger.queries import (
    deliveries_of,
    evidence_of,
    find_payment,
    payments_list,
    screens_of,
    stages_of,
)
from tollkeeper.payments.ledger.state import PaymentState
from tollkeeper.payments.transfers.queries import ProofView, proofs_of
from tollkeeper.reporting.stages import Stage, stages
from tollkeeper.reporting.story import moment

NOTED_WITHIN_SECONDS = 5.0
"""The web process writes its stages down twice a second."""
LOOK_EVERY_SECONDS = 0.1

_FOR_PROGRAMS = frozenset({"items", "amount_minor", "currency"})


def payment_named(text: str) -> Any:
    """The payment of a reference in any spelling, or of an id.

    Raises:
        BadReference: it is neither.
        NoSuchOrder: there is none.
    """
    try:
        return find_payment(str(UUID(text)))
    except ValueError:
        return find_payment(parse_reference(text))


def list_payments(*, state: str | None, limit: int, as_json: bool) -> None:
    """The newest payments.

    Raises:
        BadArguments: there is no such state.
    """
    if state is not None and state not in set(PaymentState):
        raise BadArguments(f"There is no state {state!r}.", remedy=f"The states are {', '.join(PaymentState)}.")
    found = payments_list(state=state, limit=limit)
    if as_json:
        print_json([asdict(view) for view in found])
        return
    rows = [
        (
            view.reference,
            moment(view.created_at),
            view.amount.display(),
            view.payment_state,
            view.access,
            view.title,
        )
        for view in found
    ]
    print_table(("Reference", "Ordered", "Amount", "Payment", "Access", "What"), rows)
    if not rows:
        say("There are none." if state else "Nobody has ordered anything yet.")


def show(which: str, *, as_json: bool) -> None:
    """All that is known of a payment."""
    payment = payment_named(which)
    evidence = evidence_of(payment.id)
    timeline = stages(payment.created_at, evidence, stages_of(payment.id))
    terms = about(payment)
    interventions = list(payment.interventions.order_by("opened_at").values())
    deliveries = [
        {"received_at": one.received_at, "verdict": one.verdict, "bytes": len(one.body), "digest": one.digest}
        for one in deliveries_of(payment.id)
    ]
    proofs = proofs_of(payment.id)
    if as_json:
        told = {
            "evidence": evidence,
            "timeline": timeline,
            "interventions": interventions,
            "deliveries": deliveries,
        }
        listening, showed = screens_of(payment.id)
        told |= {"facts": payment.facts, "proofs": [facts_of(one) for one in proofs]}
        print_json(terms | told | {"screens": {"told": listening, "shown": showed}})
        return
    for name, value in terms.items():
        if name in _FOR_PROGRAMS:
            continue
        say(f"{name.replace('_', ' ').capitalize() + ':':<14}{_words(value)}")
    say("", "Facts")
    say(*[f"  {name}: {_words(value)}" for name, value in payment.facts.items()] or ["  none"])
    _print_evidence(evidence)
    print_timeline(timeline)
    if proofs:
        say("", "Proofs of the transfer", *[f"  {line}" for one in proofs for line in lines_of(one)])
    _print_rest(interventions, deliveries)


def moments_of(payment_id: str) -> list[tuple[str, datetime]]:
    """A payment's stages with their times, once the web process has written all of them down."""
    deadline = clock.monotonic() + NOTED_WITHIN_SECONDS
    payment = payment_named(payment_id)
    while True:
        noted = stages_of(payment.id)
        if {"answered", "pushed"} <= {name for name, _ in noted} or clock.monotonic() > deadline:
            break
        time.sleep(LOOK_EVERY_SECONDS)
    return [(one.name, one.at) for one in stages(payment.created_at, evidence_of(payment.id), noted)]


def print_timeline(timeline: Sequence[Stage]) -> None:
    """The stages, in milliseconds."""
    say("", "Timeline")
    rows = [
        (
            f"  {one.name}",
            moment(one.at, exactly=True),
            f"{one.ms:.1f}",
            f"{one.since_webhook_ms:.1f}" if one.since_webhook_ms is not None else "",
        )
        for one in timeline
    ]
    print_table(("  Stage", "When", "ms after the one before", "ms since the webhook"), rows)


def facts_of(proof: ProofView) -> dict[str, object]:
    """A proof for a program, with the address where staff look at it."""
    return {
        "number": proof.number,
        "media": proof.media.value,
        "bytes": proof.size,
        "pages": proof.pages,
        "sha256": proof.digest,
        "handed_in_at": proof.created_at,
        "handed_in_by": proof.uploaded_by,
        "removed_at": proof.removed_at,
        "address": _address(proof),
    }


def lines_of(proof: ProofView) -> list[str]:
    """A proof as a person reads it."""
    pages = "1 page" if proof.pages == 1 else f"{proof.pages} pages"
    about = (proof.media.value, filesizeformat(proof.size).replace("\xa0", " "), pages, f"from {proof.uploaded_by}")
    kept = f"The file was removed on {moment(proof.removed_at)}." if proof.removed_at else _address(proof)
    return [
        f"Proof {proof.number}: {', '.join(about)}, {moment(proof.created_at)}",
        f"  {kept}",
        f"  SHA-256 {proof.digest}",
    ]


def _address(proof: ProofView) -> str:
    return settings().address + reverse("storefront:proof_preview", args=(proof.id, 1))


def prove(*, repair: bool, as_json: bool) -> None:
    """The standing proof over everything."""
    if repair:
        with raw_transaction() as connection:
            before = prove_and_repair(connection)
    with raw_cursor() as cursor:
        found = look(cursor)
    if as_json:
        repaired = {"repaired": list(before.missing)} if repair else {}
        print_json({"holds": found.holds, "missing": found.missing, "unpaid": found.unpaid} | repaired)
    else:
        if repair:
            say(
                f"Added the access that {len(before.missing)} payments lacked." if before.missing else "Nothing lacked."
            )
        _tell_proof(found)
    end(well=found.holds)


def _tell_proof(found: Proof) -> None:
    if found.holds:
        say("It holds: everybody who paid has access, and everybody with bought access paid.")
        return
    for payment_id in found.missing:
        say(f"Paid, without access: payment {payment_id}. `tollkeeper payment prove --repair` adds it.")
    for grant_id in found.unpaid:
        say(f"Access, without payment: grant {grant_id}. A person must look; it is never taken by itself.")


def about(payment: Any) -> dict[str, object]:
    """The terms and the standing of a payment."""
    lines = list(payment.order.lines.all())
    return {
        "reference": payment.reference,
        "payment_id": payment.id,
        "customer": payment.person.email,
        "bought": ", ".join(line.title for line in lines),
        "items": [line.item for line in lines],
        "amount": Money(payment.amount_minor, payment.currency).display(),
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "gateway": payment.gateway,
        "payment": payment.state,
        "access": payment.access,
        "ordered_at": payment.created_at,
        "changed_at": payment.changed_at,
    }


def _print_evidence(evidence: Sequence[dict[str, Any]]) -> None:
    say("", "Evidence")
    rows = [
        (f"  {moment(one['recorded_at'], exactly=True)}", one["kind"], one["source"], _words(one["data"]))
        for one in evidence
    ]
    print_table(("  Stored", "Kind", "From", "What it says"), rows)


def _print_rest(interventions: Sequence[dict[str, Any]], deliveries: Sequence[dict[str, Any]]) -> None:
    say("", "Interventions")
    for one in interventions:
        ended = (
            f"closed by {one['closed_by']}: {one['act']}" if one["closed_at"] else f"until {moment(one['deadline'])}"
        )
        say(f"  {one['trouble']} ({ended}): {one['suggestion']}")
    if not interventions:
        say("  none")
    say("", "Webhooks")
    for one in deliveries:
        came = moment(one["received_at"], exactly=True)
        say(f"  {came}  {one['verdict']}  {one['bytes']} bytes  {one['digest'][:16]}")
    if not deliveries:
        say("  none kept")


def _words(value: object) -> str:
    """JSON as a person skims it."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items() if inner != "")
    if isinstance(value, list | tuple):
        return "; ".join(_words(inner) for inner in value)
    return str(value)
