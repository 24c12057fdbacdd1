"""The one door: evidence goes in, and money, access and journal move together.

settle reads like its diagram: lock, learn, decide, fulfil, record. It neither begins nor commits; its caller owns the
transaction, and for a sync caller this is the first statement that locks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import msgspec

from tollkeeper.core import journal
from tollkeeper.core.database import Connection, Cursor, as_json, demand_transaction, plain_cursor, statements, till
from tollkeeper.core.flags import FAST_TRACK, STRICT, set_flag
from tollkeeper.core.ids import new_id
from tollkeeper.core.registry import Claim, fulfillers
from tollkeeper.core.switchboard import Capability, demand_of
from tollkeeper.payments.ledger import locks
from tollkeeper.payments.ledger.reducer import reduce, troubles_of, undecided, waits
from tollkeeper.payments.ledger.state import (
    Access,
    Evidence,
    Facts,
    Kind,
    Payment,
    PaymentState,
    Proof,
    Route,
    Trouble,
    proof_of,
)
from tollkeeper.payments.ledger.telling import events

SQL = statements("tollkeeper.payments.ledger")

PROVEN_METHODS = frozenset({"ikhokha"})
"""Gateways whose word proves a card payment. Any other method waits for approval: the safe side (SPEC D5)."""

SUGGESTION: Mapping[Trouble, tuple[str, int]] = {
    Trouble.WRONG_AMOUNT: ("Compare the amount in the gateway's dashboard; approve or refund.", 4),
    Trouble.CONTRADICTED: ("Look the payment up in the gateway's dashboard; approve it if it is there.", 1),
    Trouble.PAID_TWICE: ("Note the refund of this payment on its page, then send it; the other one stands.", 24),
    Trouble.REFUND_OWED: ("Note the refund on the payment's page, then send it.", 24),
    Trouble.UNCONFIRMED: ("The gateway has not confirmed for a day; look the payment up in its dashboard.", 24),
    Trouble.UNSETTLED: ("A webhook could not be settled; read its error and replay it.", 1),
    Trouble.UNKNOWN_REFERENCE: ("The gateway reports a payment that is not in our books; find whose it is.", 4),
    Trouble.REFUND_TO_SEND: ("Send the money back in the gateway's dashboard or from the bank, then say so here.", 24),
    Trouble.REFUND_FAILED: ("The money did not go back; find out why, and send it another way.", 24),
    Trouble.REFUNDED_TOO_MUCH: ("More went back than came; find out who refunded it twice.", 4),
    Trouble.DISPUTED: ("The payer's bank asks for the money back; answer it before its deadline.", 72),
    Trouble.ACCESS_UNPAID: ("Find out who opened this without payment; approve it or take it back.", 24),
}
"""Trouble → what to do, and within how many hours."""

_fresh_decoder = msgspec.json.Decoder(list[tuple[UUID, str]])


class Verdict(StrEnum):
    """What became of a piece of evidence."""

    SETTLED = "settled"
    DUPLICATE = "duplicate"
    UNKNOWN_PAYMENT = "unknown_payment"
    HELD = "held"
    """Somebody else holds the payment's row; nothing was written. Bring it again."""


class Outcome(msgspec.Struct, frozen=True):
    """The answer to one piece of evidence. `payment` is as it stands now; None where there is none to show."""

    verdict: Verdict
    payment: Payment | None = None


class _Row(msgspec.Struct, frozen=True):
    """What is written of a payment."""

    id: UUID
    facts: Facts
    state: PaymentState
    access: Access


@dataclass(slots=True)
class _Change:
    """A payment on its way through settle."""

    before: Payment
    after: Payment
    evidence: list[Evidence]
    repairs: bool
    """Whether the standing proof asks for the fulfilment again."""
    troubles: frozenset[Trouble] = frozenset()

    @property
    def newly_claimed(self) -> bool:
        """Whether a callback says paid for the first time, and the gateway's own word is still to come."""
        before, after = self.before.facts, self.after.facts
        return before.claimed_at is None and after.claimed_at is not None and proof_of(after) is not Proof.CONFIRMED


def settle(connection: Connection, batch: Sequence[Evidence], *, lock: locks.Lock = locks.wait) -> list[Outcome]:
    """Bring evidence about payments; everything that follows from it is written in the caller's transaction.

    Args:
        connection: psycopg's, inside a transaction that the caller commits (Django's: `connection.connection`).
        batch: evidence in any order, any payments, repetitions welcome.
        lock: `locks.wait`, or `locks.skip` to leave payments that somebody else holds for the next batch.

    Returns:
        One outcome for each piece of evidence, in the order given.

    Raises:
        NotInTransaction: the caller began none.
        NotNow: the switchboard refuses settling (recovery).
    """
    demand_transaction(connection)
    with plain_cursor(connection) as cursor, till(cursor):
        desk = lock(cursor, {item.payment_id for item in batch})
        demand_of(desk.modes, Capability.SETTLE_PAYMENT)
        changes = _learn(desk.payments, batch)
        _decide(changes.values(), fast_track=desk.flags[FAST_TRACK])
        _fulfil(cursor, changes.values())
        fresh = _record(cursor, changes.values())
        held = _held(cursor, {item.payment_id for item in batch} - desk.payments.keys())
    return [_outcome(item, changes, fresh, held) for item in batch]


def _learn(payments: Mapping[UUID, Payment], batch: Iterable[Evidence]) -> dict[UUID, _Change]:
    heard: dict[UUID, list[Evidence]] = defaultdict(list)
    for item in batch:
        if item.payment_id in payments:
            heard[item.payment_id].append(item)
    return {key: _change(payments[key], items) for key, items in heard.items()}


def _change(before: Payment, items: list[Evidence]) -> _Change:
    repairs = any([item.kind is Kind.REPAIRED for item in items])  # noqa: C419  a generator costs more than the list
    return _Change(before, reduce(before, items), items, repairs)


def _decide(changes: Iterable[_Change], *, fast_track: bool) -> None:
    """Choose the route of what is newly paid. The flag was read in this transaction, which acts on it."""
    for change in changes:
        if undecided(change.after):
            proven = change.after.gateway in PROVEN_METHODS
            _choose(change, Route.FAST_TRACK if fast_track and proven else Route.QUEUE)


def _choose(change: _Change, route: Route) -> None:
    """Record a route as evidence, so that it is replayed and never chosen again."""
    at = max(item.at for item in change.evidence)
    made = Evidence(change.before.id, Kind.DECIDED, f"decided:{route}", "settle", at, number=1, route=route)
    others = [item for item in change.evidence if item.kind is not Kind.DECIDED]
    first = len(others) == len(change.evidence)
    change.evidence = [*others, made]
    change.after = reduce(change.after, [made]) if first else reduce(change.before, change.evidence)


def _fulfil(cursor: Cursor, changes: Iterable[_Change]) -> None:
    """Hand over, or take back, through the fulfiller of each kind of item."""
    wanted: dict[str, list[tuple[Claim, _Change]]] = defaultdict(list)
    for change in changes:
        if _wants_fulfilment(change):
            for claim in _claims(change.after):
                wanted[claim.item.partition(":")[0]].append((claim, change))
    for kind, pairs in sorted(wanted.items()):
        elsewhere = fulfillers.get(kind).fulfil(cursor, [claim for claim, _ in pairs])
        for claim, change in pairs:
            if claim.line_id in elsewhere:
                _choose(change, Route.ELSEWHERE)


def _wants_fulfilment(change: _Change) -> bool:
    if change.repairs:
        return change.after.access is not Access.NONE
    return change.after.access is not change.before.access


def _claims(payment: Payment) -> list[Claim]:
    if payment.access is Access.ELSEWHERE:
        return []
    decision = payment.facts.decision
    route = decision.route.value if decision else None
    return [
        Claim(line.id, payment.id, payment.person_id, line.item, payment.access.value, route) for line in payment.lines
    ]


def _record(cursor: Cursor, changes: Collection[_Change]) -> set[tuple[UUID, str]]:
    """Write evidence, payments, interventions and journal; returns which evidence was new."""
    if not changes:
        return set()
    moved = [change for change in changes if change.after is not change.before]
    cursor.execute(
        SQL["record"],
        {
            "evidence": as_json([item for change in changes for item in change.evidence]),
            "payments": as_json([_Row(c.after.id, c.after.facts, c.after.state, c.after.access) for c in moved]),
            "ask": as_json([change.after.id for change in moved if change.newly_claimed]),
        },
    )
    (fresh,) = cursor.fetchone() or ("[]",)
    _record_troubles(cursor, moved)
    _keep_queue(cursor, moved)
    journal.publish(cursor, [event for change in changes for event in _events(change)])
    return set(_fresh_decoder.decode(fresh))


def _record_troubles(cursor: Cursor, moved: Iterable[_Change]) -> None:
    """Ask for a person where something is newly wrong; a gateway that contradicts itself is trusted less at once."""
    for change in moved:
        now = troubles_of(change.after)
        change.troubles = now - troubles_of(change.before) if now else now
    open_interventions(cursor, [(c.after.id, trouble) for c in moved for trouble in sorted(c.troubles)])
    if any(Trouble.CONTRADICTED in change.troubles for change in moved):
        set_flag(cursor, STRICT, enabled=True, by="settle", reason="The gateway contradicted its own callback.")


def _keep_queue(cursor: Cursor, moved: Iterable[_Change]) -> None:
    """Let staff find what waits for them, without looking through every payment."""
    queued = [{"id": c.after.id, "waits": waits(c.after)} for c in moved if waits(c.after) is not waits(c.before)]
    if queued:
        cursor.execute(SQL["keep_queue"], {"queued": as_json(queued)})


def open_interventions(cursor: Cursor, asked: Sequence[tuple[UUID | str, Trouble]]) -> None:
    """Ask for a person, with a suggestion and a deadline; the journal tells staff. What is open stays as it is.

    Args:
        cursor: in the transaction that found the trouble.
        asked: a payment, or the digest of a message that belongs to none; and the trouble.
    """
    if not asked:
        return
    rows = [
        {
            "id": new_id(),
            "subject": str(subject),
            "payment_id": subject if isinstance(subject, UUID) else None,
            "trouble": trouble,
            "suggestion": SUGGESTION[trouble][0],
            "hours": SUGGESTION[trouble][1],
        }
        for subject, trouble in asked
    ]
    cursor.execute(SQL["insert_interventions"], {"interventions": as_json(rows)})
    (opened,) = cursor.fetchone() or ("[]",)
    journal.publish(
        cursor,
        [
            journal.Event("intervention.opened", UUID(row["payment_id"]) if row["payment_id"] else None, data=row)
            for row in msgspec.json.decode(opened)
        ],
    )


def close_about(cursor: Cursor, payment_id: UUID, troubles: Collection[Trouble], *, by: str, act: str) -> None:
    """Close what is open about a payment and settled by an act on it; the journal tells staff.

    Args:
        cursor: in the transaction of the act.
        payment_id: whose.
        troubles: of these kinds.
        by, act: who did what; kept.
    """
    named = {"payment_id": payment_id, "by": by, "act": act, "troubles": sorted(troubles)}
    cursor.execute(SQL["close_interventions"], named)
    (closed,) = cursor.fetchone() or ("[]",)
    told = [row | {"by": by, "act": act} for row in msgspec.json.decode(closed)]
    journal.publish(cursor, [journal.Event("intervention.closed", payment_id, data=row) for row in told])


def settled_by_a_person(cursor: Cursor, intervention_id: UUID, *, by: str, act: str) -> str | None:
    """Close an intervention with what was done about it.

    Returns:
        Its subject; None when there is no open one of that id.
    """
    cursor.execute(SQL["close_intervention"], {"id": intervention_id, "by": by, "act": act})
    row = cursor.fetchone()
    if row is None:
        return None
    subject, payment_id, trouble = row
    told = {"id": intervention_id, "trouble": trouble, "by": by, "act": act}
    journal.publish(cursor, [journal.Event("intervention.closed", payment_id, data=told)])
    return str(subject)


def taken_by_a_person(cursor: Cursor, intervention_id: UUID, *, by: str) -> str | None:
    """Give an intervention an owner.

    Returns:
        Its subject; None when there is no open one of that id.
    """
    cursor.execute(SQL["take_intervention"], {"id": intervention_id, "by": by})
    row = cursor.fetchone()
    if row is None:
        return None
    subject, payment_id, trouble = row
    told = {"id": intervention_id, "trouble": trouble, "by": by}
    journal.publish(cursor, [journal.Event("intervention.taken", payment_id, data=told)])
    return str(subject)


def _held(cursor: Cursor, missing: set[UUID]) -> frozenset[UUID]:
    """Of the payments that could not be locked, those that exist."""
    if not missing:
        return frozenset()
    cursor.execute(SQL["existing_payments"], {"ids": as_json(sorted(missing))})
    return frozenset(row[0] for row in cursor.fetchall())


def _outcome(
    item: Evidence, changes: Mapping[UUID, _Change], fresh: set[tuple[UUID, str]], held: frozenset[UUID]
) -> Outcome:
    change = changes.get(item.payment_id)
    if change is None:
        return Outcome(Verdict.HELD if item.payment_id in held else Verdict.UNKNOWN_PAYMENT)
    verdict = Verdict.SETTLED if (item.payment_id, item.key) in fresh else Verdict.DUPLICATE
    return Outcome(verdict, change.after)


def _events(change: _Change) -> list[journal.Event]:
    return events(change.before, change.after, change.evidence, repaired=change.repairs)
