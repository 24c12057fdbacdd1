"""What a payment's page shows of money on its way back, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.payments.ledger.reducer import troubles_of
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
    """All of it. `left` is what can still be refunded in minor units, `left_major` the same as people write it."""

    refunds: tuple[Shown, ...]
    left: int
    left_major: str
    owed: bool


def money_back(payment: Payment) -> MoneyBack | None:
    """What to show; None where nothing came and nothing went."""
    facts, left = payment.facts, refundable_minor(payment)
    shown = [_shown(one, _REFUND_STEPS.get(one.way, ()), is_dispute=False) for one in facts.refunds]
    shown += [_shown(one, _DISPUTE_STEPS.get(one.way, ()), is_dispute=True) for one in facts.disputes]
    if not shown and not left:
        return None
    major = Decimal(left).scaleb(-get_currency_precision(payment.currency))
    return MoneyBack(tuple(shown), left, str(major), owed=bool(troubles_of(payment) & _OWED))


def _shown(one: Back, steps: tuple[tuple[str, str | Promise, str], ...], *, is_dispute: bool) -> Shown:
    return Shown(one.id, _WORDS[one.way], one.sent_minor or one.amount_minor, one.closes, steps, is_dispute)
