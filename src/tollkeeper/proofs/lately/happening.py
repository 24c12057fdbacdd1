"""One thing that happens to a payment: evidence that is settled, or what staff do about an intervention."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tollkeeper.core.database import Connection, Cursor, statements, till
from tollkeeper.payments.gateways.contract import Link, Notice, Standing, StatusRead
from tollkeeper.payments.ledger import rules
from tollkeeper.payments.ledger.queries import open_interventions as listed
from tollkeeper.payments.ledger.services.bringing import read_payment
from tollkeeper.payments.ledger.services.deciding import CLOSED_BY_DECISION
from tollkeeper.payments.ledger.settle import open_interventions, settle, settled_by_a_person, taken_by_a_person
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment
from tollkeeper.proofs.lately.papers import Desk
from tollkeeper.proofs.lately.plots import Beat, Deed
from tollkeeper.proofs.lately.webhooks import body_of, keep

SQL = statements("tollkeeper.payments.ledger")
STAFF = "staff@example.com"

Act = tuple[datetime, str, str, str, dict[str, str]]
"""For the audit log: when, what, to what, by whom, and the rest."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens.

    Args:
        at: when.
        payment: to which, as it was ordered.
        what: evidence, or a deed.
        customer: how the customer is named where they act themselves.
    """

    at: datetime
    payment: Payment
    what: Beat | Deed
    customer: str

    def happen(self, raw: Connection, cursor: Cursor, desk: Desk) -> list[Act]:
        """Let it happen now; what it writes is to be dated back.

        Args:
            raw, cursor: in the caller's transaction.
            desk: where slips are handed in.

        Returns:
            The acts of staff in it, for the audit log.
        """
        if isinstance(self.what, Deed):
            return list(self._done(cursor, self.what))
        if self.what.paper:
            desk.hand_in(self.payment, own=self.what.paper == "own", by=self.customer)
            return []
        for kind in self.what.kinds:
            if kind in {Kind.CALLBACK_SUCCESS, Kind.CALLBACK_FAILURE}:
                keep(cursor, self.payment.id, self._body(kind), at=self.at, paid=kind is Kind.CALLBACK_SUCCESS)
        settle(raw, [self._evidence(kind, self.what) for kind in self.what.kinds])
        return list(self._decided(cursor, self.what))

    def _link(self) -> Link:
        """The gateway's page; of what goes by hand, as its own rooms name it."""
        page = self.what.page if isinstance(self.what, Beat) else 1
        method = self.payment.gateway
        if method == "ikhokha":
            return Link(hashlib.sha256(self.payment.id.bytes + bytes([page])).hexdigest()[:15])
        return Link(self.payment.reference if method == "transfer" else method)

    def _body(self, kind: Kind) -> bytes:
        return body_of(self.payment.id, self._link(), paid=kind is Kind.CALLBACK_SUCCESS)

    def _evidence(self, kind: Kind, beat: Beat) -> Evidence:
        payment, link, at = self.payment, self._link(), self.at
        match kind:
            case Kind.OPENED:
                return rules.opened(payment, link, at=at)
            case Kind.CALLBACK_SUCCESS | Kind.CALLBACK_FAILURE:
                notice = Notice(payment.id, paid=kind is Kind.CALLBACK_SUCCESS, link_id=link.id, bound=True)
                return rules.from_notice(notice, at=at, digest=hashlib.sha256(self._body(kind)).hexdigest())
            case Kind.STATUS_PAID:
                amount = payment.amount_minor - beat.short_minor
                read = StatusRead(Standing.PAID, link, amount, at, payment.id)
                said = rules.from_read(payment.id, read, source="status")
                assert said is not None
                return said
            case Kind.EXPIRED:
                return Evidence(payment.id, kind, "expired", "ladder", at)
            case Kind.CANCELLED:
                return Evidence(payment.id, kind, "cancelled", "customer", at)
            case _:
                return self._by_staff(kind, beat, link)

    def _by_staff(self, kind: Kind, beat: Beat, link: Link) -> Evidence:
        """What a person says, as `payments.ledger.services` writes it."""
        payment, number = self.payment, _next_number(self.payment.id)
        if kind is Kind.RECEIVED:
            amount, key = payment.amount_minor, f"received:{number}"
            return Evidence(payment.id, kind, key, "staff", self.at, link=link, amount_minor=amount, by=STAFF)
        key = f"act:{number}"
        return Evidence(payment.id, kind, key, "staff", self.at, number=number, by=STAFF, reason=beat.reason)

    def _decided(self, cursor: Cursor, beat: Beat) -> Iterator[Act]:
        for kind in {Kind.APPROVED, Kind.REJECTED} & set(beat.kinds):
            act = {"by": STAFF, "act": f"{kind}: {beat.reason}", "troubles": list(CLOSED_BY_DECISION)}
            with till(cursor):
                cursor.execute(SQL["close_interventions"], {"payment_id": self.payment.id, **act})
            name = "enrolment.give" if self.payment.gateway == "complimentary" else f"enrolment.{kind}"
            yield self.at, name, str(self.payment.id), STAFF, {"reason": beat.reason}

    def _done(self, cursor: Cursor, deed: Deed) -> Iterator[Act]:
        if deed.act == "open":
            with till(cursor):
                open_interventions(cursor, [(self.payment.id, deed.trouble)])
            return
        subject = str(self.payment.id)
        (found,) = [one.id for one in listed() if one.subject == subject and one.trouble == deed.trouble]
        with till(cursor):
            if deed.act == "take":
                taken_by_a_person(cursor, found, by=STAFF)
            else:
                settled_by_a_person(cursor, found, by=STAFF, act=deed.act)
        name, told = ("take", {}) if deed.act == "take" else ("close", {"act": deed.act})
        yield self.at, f"intervention.{name}", subject, STAFF, told


def _next_number(payment_id: UUID) -> int:
    facts = read_payment(payment_id).facts
    return max(facts.act.number if facts.act else 0, facts.submitted or 0) + 1
