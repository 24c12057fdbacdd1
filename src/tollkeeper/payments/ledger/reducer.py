"""The reducer: facts grow by evidence, and the standing is read off the facts. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict, TypeVar

import msgspec

from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.state import (
    DECIDABLE,
    INSTANT_KINDS,
    Access,
    Act,
    Back,
    Decision,
    Evidence,
    Facts,
    Kind,
    Payment,
    PaymentState,
    Proof,
    Route,
    Trouble,
    Way,
    proof_of,
)

grow = msgspec.structs.replace

Comparable = TypeVar("Comparable", Act, Decision, datetime, int, bool)
Item = TypeVar("Item", Link, str)


class _Standing(TypedDict):
    state: PaymentState
    access: Access


def reduce(payment: Payment, evidence: Iterable[Evidence]) -> Payment:
    """The payment after some evidence.

    Order and repetition of the evidence change nothing: reduce(reduce(p, a), b) = reduce(reduce(p, b), a), and
    reduce(reduce(p, a), a) = reduce(p, a).
    """
    facts = payment.facts
    for item in evidence:
        facts = learn(facts, item, payment)
    if facts == payment.facts:
        return payment
    came = came_of(facts)
    access = earned_of(facts, came)
    if facts.refunds or facts.disputes:
        return grow(payment, facts=facts, **_after_returns(facts, came, access, payment.amount_minor))
    return grow(payment, facts=facts, state=came, access=access)


def learn(facts: Facts, evidence: Evidence, terms: Payment) -> Facts:  # noqa: C901  one line for each kind
    """The facts, grown by one piece of evidence about a payment of these terms."""
    match evidence.kind:
        case Kind.OPENED:
            return grow(facts, links=_union(facts.links, evidence.link))
        case Kind.CALLBACK_SUCCESS:
            return _claim(facts, evidence, terms)
        case Kind.CALLBACK_FAILURE:
            return grow(facts, declined=True)
        case Kind.STATUS_PAID | Kind.RECEIVED if evidence.amount_minor == terms.amount_minor:
            return grow(facts, confirmed=_union(facts.confirmed, evidence.link.id if evidence.link else None))
        case Kind.STATUS_PAID | Kind.RECEIVED:
            return grow(facts, wrong_minor=_greatest(facts.wrong_minor, evidence.amount_minor))
        case Kind.STATUS_UNPAID:
            return grow(facts, unpaid_at=_greatest(facts.unpaid_at, evidence.at))
        case Kind.SUBMITTED:
            return grow(facts, submitted=_greatest(facts.submitted, evidence.number))
        case Kind.EXPIRED:
            return grow(facts, expired=True)
        case Kind.CANCELLED:
            return grow(facts, cancelled=True)
        case Kind.DECIDED:
            made = Decision(evidence.number, evidence.route or Route.QUEUE)
            return grow(facts, decision=_least(facts.decision, made))
        case Kind.APPROVED | Kind.REJECTED:
            act = Act(evidence.number, opens=evidence.kind is Kind.APPROVED)
            return grow(facts, act=_greatest(facts.act, act))
        case Kind.REFUND_ASKED | Kind.REFUNDED | Kind.REFUND_FAILED:
            return grow(facts, refunds=_heard(facts.refunds, evidence))
        case Kind.DISPUTED | Kind.DISPUTE_LOST | Kind.DISPUTE_WON:
            return grow(facts, disputes=_heard(facts.disputes, evidence))
        case Kind.REPAIRED:
            return facts


def came_of(facts: Facts) -> PaymentState:
    """Where the facts put the money on its way to us. The first line that holds decides."""
    proof = proof_of(facts)
    if proof is Proof.CONFIRMED:
        return PaymentState.PAID
    if facts.wrong_minor is not None or contradicted(facts):
        return PaymentState.QUESTIONED
    if proof is Proof.ACCEPTED:
        return PaymentState.PAID
    if proof is Proof.CLAIMED:
        return PaymentState.CONFIRMING
    if facts.cancelled:
        return PaymentState.CANCELLED
    if facts.expired:
        return PaymentState.EXPIRED
    if facts.declined:
        return PaymentState.ATTEMPT_FAILED
    return PaymentState.OPEN if facts.links else PaymentState.CREATED


def earned_of(facts: Facts, state: PaymentState) -> Access:
    """What the facts open where the money came that far, and as long as it stays.

    What another payment opened is not opened again by anybody. Else a person's act outranks a route, and neither opens
    what was never paid.
    """
    if state not in DECIDABLE:
        return Access.NONE
    route = facts.decision.route if facts.decision else None
    if route is Route.ELSEWHERE:
        return Access.ELSEWHERE
    if state is PaymentState.CONFIRMING and proof_waits(facts):
        return Access.PENDING
    if facts.act is not None:
        return Access.OPEN if facts.act.opens else Access.REJECTED
    if route is None:
        return Access.NONE
    if route is Route.QUEUE:
        return Access.PENDING
    return Access.OPEN if state is PaymentState.PAID else Access.SUSPENDED


def claimed(facts: Facts) -> bool:
    """Whether a gateway, or whoever saw the money, ever said that it came; a customer's proof alone does not."""
    return facts.claimed_at is not None or proof_of(facts) >= Proof.ACCEPTED


def returned_minor(facts: Facts) -> int:
    """How much went back, by refunds and lost disputes, in minor units."""
    return sum(back.sent_minor for back in (*facts.refunds, *facts.disputes) if back.way is Way.BACK)


def came_minor(facts: Facts, amount_minor: int) -> int:
    """How much came, in minor units: a page that was opened twice can be paid twice.

    Args:
        facts: of the payment.
        amount_minor: what it asks for.
    """
    if facts.wrong_minor is not None and proof_of(facts) is not Proof.CONFIRMED:
        return facts.wrong_minor
    return amount_minor * max(paid_pages(facts), 1)


def disputed(facts: Facts) -> bool:
    """Whether a dispute waits for the bank's word."""
    return any(dispute.way is Way.ASKED for dispute in facts.disputes)


def _after_returns(facts: Facts, came: PaymentState, access: Access, amount_minor: int) -> _Standing:
    """Where refunds and disputes put a payment whose money came that far and earned that access."""
    back = [each for each in (*facts.refunds, *facts.disputes) if each.way is Way.BACK]
    gone = bool(back) and returned_minor(facts) >= came_minor(facts, amount_minor)
    state = PaymentState.REFUNDED if gone else PaymentState.DISPUTED if disputed(facts) else came
    if access in (Access.PENDING, Access.OPEN, Access.SUSPENDED) and _closes(back, gone=gone):
        access = Access.REVOKED
    elif access is Access.OPEN and state is PaymentState.DISPUTED:
        access = Access.SUSPENDED
    return _Standing(state=state, access=access)


def _closes(back: Sequence[Back], *, gone: bool) -> bool:
    """Whether what went back took the access along: because somebody said so, or because nothing is left."""
    return any(each.closes is True or (gone and each.closes is None) for each in back)


def proof_waits(facts: Facts) -> bool:
    """Whether the customer handed in a proof that nobody has looked at: none was approved, and none refused since."""
    if facts.submitted is None or facts.act is None:
        return facts.submitted is not None
    return not facts.act.opens and facts.act.number < facts.submitted


def troubles_of(payment: Payment) -> frozenset[Trouble]:
    """Why a person must look, if anything."""
    facts = payment.facts
    found = set()
    if facts.wrong_minor is not None:
        found.add(Trouble.WRONG_AMOUNT)
    if contradicted(facts) and proof_of(facts) is not Proof.CONFIRMED:
        found.add(Trouble.CONTRADICTED)
    owed = claimed(facts) and payment.state is not PaymentState.REFUNDED
    if (payment.access is Access.ELSEWHERE and owed) or _paid_two_pages(facts, payment.amount_minor):
        found.add(Trouble.PAID_TWICE)
    if payment.access is Access.REJECTED and owed:
        found.add(Trouble.REFUND_OWED)
    return frozenset(found | _troubles_of_returns(payment) if facts.refunds or facts.disputes else found)


def _troubles_of_returns(payment: Payment) -> set[Trouble]:
    facts, found = payment.facts, set()
    if disputed(facts):
        found.add(Trouble.DISPUTED)
    if any(refund.way is Way.STAYS and refund.sent_minor for refund in facts.refunds):
        found.add(Trouble.REFUND_FAILED)
    if returned_minor(facts) > came_minor(facts, payment.amount_minor):
        found.add(Trouble.REFUNDED_TOO_MUCH)
    return found


def waits(payment: Payment) -> bool:
    """Whether staff must decide: money or a proof of it is there, and nothing says what it opens."""
    if payment.access in (Access.PENDING, Access.SUSPENDED):
        return payment.state is not PaymentState.DISPUTED
    return payment.state is PaymentState.QUESTIONED and payment.access is Access.NONE


def undecided(payment: Payment) -> bool:
    """Whether settle has yet to choose a route for this payment."""
    return payment.state is PaymentState.PAID and payment.facts.decision is None


def _claim(facts: Facts, evidence: Evidence, terms: Payment) -> Facts:
    kinds = {line.item.partition(":")[0] for line in terms.lines}
    enough = evidence.accepted_up_to >= terms.amount_minor and kinds <= INSTANT_KINDS
    return grow(
        facts,
        claimed_at=_least(facts.claimed_at, evidence.at),
        accepted=_union(facts.accepted, evidence.link.id if evidence.link and enough else None),
    )


def contradicted(facts: Facts) -> bool:
    """Only an answer given after the claim contradicts it; an older one was true when it was given."""
    return facts.claimed_at is not None and facts.unpaid_at is not None and facts.unpaid_at > facts.claimed_at


def _paid_two_pages(facts: Facts, amount_minor: int) -> bool:
    """Whether more than one of our pages was paid, and we still have the money of more than one."""
    if len(facts.links) < 2 or (pages := paid_pages(facts)) < 2:
        return False
    return returned_minor(facts) < amount_minor * (pages - 1)


def paid_pages(facts: Facts) -> int:
    """How many of our pages were paid. There are two where our request for one was answered too late."""
    paid = {*facts.accepted, *facts.confirmed}
    return sum(link.id in paid for link in facts.links)


_WAY = {
    Kind.REFUND_ASKED: Way.ASKED,
    Kind.REFUNDED: Way.BACK,
    Kind.REFUND_FAILED: Way.STAYS,
    Kind.DISPUTED: Way.ASKED,
    Kind.DISPUTE_LOST: Way.BACK,
    Kind.DISPUTE_WON: Way.STAYS,
}


def _heard(known: tuple[Back, ...], evidence: Evidence) -> tuple[Back, ...]:
    """The refunds, or disputes, grown by a word about one of them."""
    way, amount = _WAY[evidence.kind], evidence.amount_minor or 0
    heard = Back(
        evidence.back,
        way,
        amount_minor=amount if way is Way.ASKED else 0,
        sent_minor=amount if way is Way.BACK else 0,
        closes=True if evidence.kind is Kind.DISPUTE_LOST else evidence.closes,
    )
    grown = {back.id: back for back in known}
    grown[heard.id] = _joined(grown.get(heard.id, heard), heard)
    return tuple(grown[number] for number in sorted(grown))


def _joined(known: Back, heard: Back) -> Back:
    return Back(
        known.id,
        max(known.way, heard.way),
        max(known.amount_minor, heard.amount_minor),
        max(known.sent_minor, heard.sent_minor),
        _greatest(known.closes, heard.closes),
    )


def _least(known: Comparable | None, heard: Comparable | None) -> Comparable | None:
    return heard if known is None else known if heard is None else min(known, heard)


def _greatest(known: Comparable | None, heard: Comparable | None) -> Comparable | None:
    return heard if known is None else known if heard is None else max(known, heard)


def _union(known: tuple[Item, ...], heard: Item | None) -> tuple[Item, ...]:
    return known if heard is None or heard in known else tuple(sorted(set(known) | {heard}))
