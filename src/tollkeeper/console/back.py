"""What a payment's page shows of money on its way back, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.core.ids import new_reference
from tollkeeper.payments.ledger.reducer import paid_pages, troubles_of
from tollkeeper.payments.ledger.services import refundable_minor
from tollkeeper.payments.ledger.state import Back, Payment, Trouble, Way

_WORDS = {Way.ASKED: "asked", Way.BACK: "back", Way.STAYS: "stays"}
_REFUND_STEPS = {
    Way.ASKED: (("sent", _("I have sent it"), ""), ("not_sent", _("It will not be sent"), "second")),
    Way.BACK: (("not_sent", _("It came back"), "second"),),
}
_DISPUTE_STEPS = {Way.ASKED: (("won", _("Won: the money stays"), ""), ("lost", _("Lost: it is gone"), "danger"))}
_OWED = frozenset({Trouble.REFUND_OWED, Trouble.PAID_TWICE})


@dataclass(frozen=True, slots=True)
class Shown:
    """A refund or a dispute: its number, how far it is, its amount in minor units, and buttons (step, text, class)."""

    id: str
    word: str
    minor: int
    closes: bool | None
    steps: tuple[tuple[str, str | Promise, str], ...]
    is_dispute: bool


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """All of it.

    Args:
        refunds: refunds and disputes.
        left: what can still be refunded, in minor units.
        proposed, whole: what the forms begin with, as people write it: a refund's amount, and a dispute's.
        keeps: whether a refund leaves what was bought open, as a rule: of two pages that were paid, one stands.
        owed: whether money is owed back.
        number: the next refund's, so that a form sent twice notes one.
    """

    refunds: tuple[Shown, ...]
    left: int
    proposed: str
    whole: str
    keeps: bool
    owed: bool
    number: str


def money_back(payment: Payment) -> MoneyBack | None:
    """What to show; None where nothing came and nothing went."""
    facts, left, troubles = payment.facts, refundable_minor(payment), troubles_of(payment)
    shown = [_shown(one, _REFUND_STEPS.get(one.way, ()), is_dispute=False) for one in facts.refunds]
    shown += [_shown(one, _DISPUTE_STEPS.get(one.way, ()), is_dispute=True) for one in facts.disputes]
    if not shown and not left:
        return None
    spare = payment.amount_minor * (paid_pages(facts) - 1)
    twice = Trouble.PAID_TWICE in troubles and spare > 0
    return MoneyBack(
        tuple(shown),
        left,
        proposed=_major(min(spare, left) if twice else left, payment.currency),
        whole=_major(payment.amount_minor, payment.currency),
        keeps=twice,
        owed=bool(troubles & _OWED),
        number=new_reference(),
    )


def _major(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-get_currency_precision(currency)))


def _shown(one: Back, steps: tuple[tuple[str, str | Promise, str], ...], *, is_dispute: bool) -> Shown:
    return Shown(one.id, _WORDS[one.way], one.sent_minor or one.amount_minor, one.closes, steps, is_dispute)
