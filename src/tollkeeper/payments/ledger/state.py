"""What is known of a payment, and where that puts it.

Evidence of a gateway arrives late, twice and in any order. So a payment does not remember a state: it remembers facts,
each of which only ever grows (a set, a maximum, a first decision), and its state is read off them by one table. Growing
facts commute, therefore every order of the same evidence ends in the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from tollkeeper.payments.gateways.contract import Link


class PaymentState(StrEnum):
    """Where the money is, as far as can be proven."""

    CREATED = "created"
    """Our intent is stored; the gateway has not yet given a pay page."""
    OPEN = "open"
    """The pay page exists and waits for the customer."""
    ATTEMPT_FAILED = "attempt_failed"
    """An attempt was declined; the same pay page can still be paid."""
    CONFIRMING = "confirming"
    """The gateway's callback, or the customer's proof of a transfer, says paid; nothing has been seen to agree yet."""
    PAID = "paid"
    """Proven to the standard of this payment's policy."""
    QUESTIONED = "questioned"
    """Two words of the gateway contradict each other, or the amount is not ours; a person must look."""
    EXPIRED = "expired"
    """We stopped waiting. The gateway's page may still be paid, and then it counts."""
    CANCELLED = "cancelled"
    """The customer turned back. The gateway's page may still be paid, and then it counts."""
    DISPUTED = "disputed"
    """The payer's bank asks for the money back, and nobody has decided yet."""
    REFUNDED = "refunded"
    """All of it went back: refunded by us or at the gateway, or lost in a dispute."""


class Access(StrEnum):
    """What the customer gets for the payment."""

    NONE = "none"
    """Nothing yet."""
    PENDING = "pending"
    """Paid, and waiting for approval by staff."""
    OPEN = "open"
    """Theirs."""
    SUSPENDED = "suspended"
    """Was open, until the gateway contradicted itself."""
    REJECTED = "rejected"
    """Staff refused it; money that came is owed back."""
    ELSEWHERE = "elsewhere"
    """Another payment of the same order opened it already; this money is owed back."""
    REVOKED = "revoked"
    """Was theirs, until the money went back."""


class Kind(StrEnum):
    """What a piece of evidence says."""

    OPENED = "opened"
    """The gateway gave a pay page."""
    CALLBACK_SUCCESS = "callback_success"
    """A signed callback says paid."""
    CALLBACK_FAILURE = "callback_failure"
    """A signed callback says an attempt failed."""
    STATUS_PAID = "status_paid"
    """The gateway, asked, says paid, and names the amount."""
    STATUS_UNPAID = "status_unpaid"
    """The gateway, asked, says not paid."""
    SUBMITTED = "submitted"
    """The customer hands in a proof of a bank transfer."""
    RECEIVED = "received"
    """A person, a bank statement or an import says that the money came, and names the amount."""
    EXPIRED = "expired"
    """Our waiting time is over."""
    CANCELLED = "cancelled"
    """The customer turned back."""
    DECIDED = "decided"
    """settle chose the route; recorded once, replayed, never chosen again."""
    APPROVED = "approved"
    """A person of the staff opens it."""
    REJECTED = "rejected"
    """A person of the staff refuses it."""
    REFUND_ASKED = "refund_asked"
    """Staff, or a rule, want money sent back. Stored before any gateway is told."""
    REFUNDED = "refunded"
    """Money went back, by the gateway's word or by that of whoever sent it; names the amount."""
    REFUND_FAILED = "refund_failed"
    """It did not go back, or came back to us."""
    DISPUTED = "disputed"
    """The payer's bank asks for the money back."""
    DISPUTE_WON = "dispute_won"
    """It stays with us."""
    DISPUTE_LOST = "dispute_lost"
    """It is gone."""
    REPAIRED = "repaired"
    """The standing proof found access missing and asks for it again; says nothing new."""


class Proof(IntEnum):
    """How well it is proven that the money came."""

    NONE = 0
    CLAIMED = 1
    """A signed callback says so, or the customer's proof of a transfer does."""
    ACCEPTED = 2
    """A signed callback says so, for our page, and the policy takes that."""
    CONFIRMED = 3
    """The gateway's own answer says so, or whoever saw the money arrive, for our page, with our amount."""


class Route(StrEnum):
    """How a paid payment becomes access."""

    FAST_TRACK = "fast_track"
    QUEUE = "queue"
    ELSEWHERE = "elsewhere"


class Trouble(StrEnum):
    """Why a person must look: the kinds of intervention."""

    WRONG_AMOUNT = "wrong_amount"
    CONTRADICTED = "contradicted"
    PAID_TWICE = "paid_twice"
    REFUND_OWED = "refund_owed"
    UNCONFIRMED = "unconfirmed"
    UNSETTLED = "unsettled"
    UNKNOWN_REFERENCE = "unknown_reference"
    ACCESS_UNPAID = "access_unpaid"
    DISPUTED = "disputed"
    REFUND_FAILED = "refund_failed"
    REFUNDED_TOO_MUCH = "refunded_too_much"
    REFUND_TO_SEND = "refund_to_send"


class Way(IntEnum):
    """How far money is on its way back. A word that comes later in this list is the later one, whenever it is heard."""

    ASKED = 0
    """Wanted by us, or disputed by the payer's bank."""
    BACK = 1
    """The customer has it: refunded, or the dispute is lost."""
    STAYS = 2
    """It is with us after all: the refund failed, or the dispute is won."""


class Back(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """Money on its way back, by one refund or one dispute.

    Args:
        id: our number of a refund that we asked for, else the gateway's.
        way: how far it is; the greatest.
        amount_minor: of a dispute, or as we asked for it; the greatest heard.
        sent_minor: what went back; the greatest heard.
        closes: whether it takes the access away; nobody said where None, and then all of the money does.
    """

    id: str
    way: Way = Way.ASKED
    amount_minor: int = 0
    sent_minor: int = 0
    closes: bool | None = None


class Act(msgspec.Struct, frozen=True, order=True):
    """A person's word. Numbered under the payment's lock; the highest number wins."""

    number: int
    opens: bool


class Decision(msgspec.Struct, frozen=True, order=True):
    """settle's choice of route. The first one made stands."""

    number: int
    route: Route


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is known of a payment. Each field says how it grows."""

    links: tuple[Link, ...] = ()
    """The union: pages that the gateway gave for this payment. Sorted; the first one is shown."""
    declined: bool = False
    """Once true, always."""
    accepted: tuple[str, ...] = ()
    """The union: ids of pages whose callback was enough by policy. Sorted."""
    confirmed: tuple[str, ...] = ()
    """The union: ids of pages that the gateway, asked, or whoever saw the money, calls paid with our amount. Sorted."""
    claimed_at: datetime | None = None
    """The earliest callback that says paid."""
    unpaid_at: datetime | None = None
    """The latest moment we asked and the gateway said unpaid."""
    submitted: int | None = None
    """The greatest number of a proof that the customer handed in."""
    wrong_minor: int | None = None
    """The greatest proven amount that is not ours."""
    expired: bool = False
    cancelled: bool = False
    act: Act | None = None
    """The greatest, by number."""
    decision: Decision | None = None
    """The least, by number."""
    refunds: tuple[Back, ...] = ()
    """The union, each grown by what is heard of it. Sorted by id."""
    disputes: tuple[Back, ...] = ()
    """The same."""


def proof_of(facts: Facts) -> Proof:
    """How well the facts prove the money. Only words about pages that we opened count for this payment."""
    if facts.confirmed and _ours(facts, facts.confirmed):
        return Proof.CONFIRMED
    if facts.accepted and _ours(facts, facts.accepted):
        return Proof.ACCEPTED
    return Proof.NONE if facts.claimed_at is None and facts.submitted is None else Proof.CLAIMED


def _ours(facts: Facts, pages: tuple[str, ...]) -> bool:
    for link in facts.links:  # noqa: SIM110  a generator costs three times as much, and this runs for every webhook
        if link.id in pages:
            return True
    return False


class Line(msgspec.Struct, frozen=True, order=True):
    """An order line: what was bought is an opaque `kind:id`."""

    id: UUID
    item: str


class Payment(msgspec.Struct, frozen=True):
    """A payment as the reducer sees it: terms that never change, facts that grow, and where they put it."""

    id: UUID
    person_id: UUID
    reference: str
    gateway: str
    amount_minor: int
    currency: str
    lines: tuple[Line, ...]
    facts: Facts = Facts()
    state: PaymentState = PaymentState.CREATED
    access: Access = Access.NONE


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statement about one payment from somewhere.

    Args:
        payment_id: whose.
        kind: what it says.
        key: the same key for the same payment is the same evidence.
        source: who brought it: `webhook`, `status`, `history`, `staff`, `settle`, `proof`, `checkout`.
        at: when it was heard; for a status read, when it was asked.
        link: the gateway's page, for what comes from a gateway.
        accepted_up_to: the policy takes this callback alone as proof, up to that amount in minor units.
        amount_minor: what a status read, or whoever saw the money, names.
        number: of an act, a proof handed in, or a decision.
        back: of a refund or a dispute: its id.
        closes: of a refund that is asked for: whether it takes the access away.
        route: of a decision.
        by, reason: of a person's act.
        digest: SHA-256 of the raw bytes, hexadecimal.
    """

    payment_id: UUID
    kind: Kind
    key: str
    source: str
    at: datetime
    link: Link | None = None
    accepted_up_to: int = 0
    amount_minor: int | None = None
    number: int = 0
    route: Route | None = None
    by: str = ""
    reason: str = ""
    digest: str | None = None
    back: str = ""
    closes: bool | None = None


BY_HAND = frozenset({"transfer", "complimentary", "imported"})
"""Methods with no gateway to ask: a person, a bank statement or an import says what came."""

DECIDABLE = frozenset({PaymentState.PAID, PaymentState.QUESTIONED, PaymentState.CONFIRMING})
"""Where the gateway spoke of money, so that a person's act may open or refuse. Nothing opens without that."""

MAY_BE_OPEN = DECIDABLE | {PaymentState.REFUNDED}
"""Where something can be open: what was paid stays open after a refund if whoever sent it said so."""

RECEIVED = frozenset({PaymentState.PAID, PaymentState.DISPUTED, PaymentState.REFUNDED})
"""Where the money came, whether or not it stayed."""

INSTANT_KINDS = frozenset({"course"})
"""Kinds of item that a callback alone may open: what can be taken back. Not gift cards, downloads or bookings."""


def _(sentence: str) -> str:
    """Mark it for the translators. It is kept in English, without a framework; who shows it asks gettext for it."""
    return sentence


_CLAIM = _("a callback says paid and the policy wants the gateway's own answer; or the customer hands in a proof")
_MONEY = _("the gateway, asked, says paid; a callback does and the policy takes it; or the money is seen to arrive")
S = PaymentState
_COMING: Mapping[PaymentState, Mapping[PaymentState, str]] = MappingProxyType(
    {
        S.CREATED: {
            S.OPEN: _("the gateway gives a pay page"),
            S.ATTEMPT_FAILED: _("a callback says an attempt failed"),
            S.CONFIRMING: _CLAIM,
            S.PAID: _MONEY,
            S.QUESTIONED: _("the proven amount is not ours"),
            S.EXPIRED: _("our waiting time is over"),
            S.CANCELLED: _("the customer turns back"),
        },
        S.OPEN: {
            S.ATTEMPT_FAILED: _("a callback says an attempt failed"),
            S.CONFIRMING: _CLAIM,
            S.PAID: _MONEY,
            S.QUESTIONED: _("the proven amount is not ours, or a callback says paid while the gateway says unpaid"),
            S.EXPIRED: _("our waiting time is over"),
            S.CANCELLED: _("the customer turns back"),
        },
        S.ATTEMPT_FAILED: {
            S.CONFIRMING: _CLAIM,
            S.PAID: _MONEY,
            S.QUESTIONED: _("the proven amount is not ours, or a callback says paid while the gateway says unpaid"),
            S.EXPIRED: _("our waiting time is over"),
            S.CANCELLED: _("the customer turns back"),
        },
        S.CONFIRMING: {
            S.PAID: _MONEY,
            S.QUESTIONED: _("the gateway, asked after its callback, says unpaid; or names another amount"),
        },
        S.PAID: {S.QUESTIONED: _("the gateway, asked after its callback, says unpaid; or names another amount")},
        S.QUESTIONED: {
            S.PAID: _("the gateway, asked, says paid with our amount"),
        },
        S.EXPIRED: {
            S.CANCELLED: _("the customer turns back"),
            S.CONFIRMING: _CLAIM,
            S.PAID: _("paid after all"),
            S.QUESTIONED: _("the proven amount is not ours, or a callback says paid while the gateway says unpaid"),
        },
        S.CANCELLED: {
            S.CONFIRMING: _CLAIM,
            S.PAID: _("paid after all"),
            S.QUESTIONED: _("the proven amount is not ours, or a callback says paid while the gateway says unpaid"),
        },
    }
)
"""How money comes."""

_RETURNING = {S.DISPUTED: _("the payer's bank asks for it back"), S.REFUNDED: _("all of it went back")}
TRANSITIONS: Mapping[PaymentState, Mapping[PaymentState, str]] = MappingProxyType(
    {start: {**ends, **_RETURNING} for start, ends in _COMING.items()}
    | {
        S.DISPUTED: {S.REFUNDED: _("the dispute is lost, or all of it is refunded")}
        | dict.fromkeys(_COMING, _("the dispute is won, and it is as it would be without")),
        S.REFUNDED: {S.DISPUTED: _("a refund failed, and the payer's bank asks for it back")}
        | dict.fromkeys(_COMING, _("a refund failed, or more came, and it is as it would be without")),
    }
)
"""From → to → why. The reducer is proven to make exactly these moves, and the reference page is printed from here."""
del S, _
