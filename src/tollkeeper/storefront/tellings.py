"""What an order's state means to the person who looks at it, and what they can do next. One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tollkeeper.payments.ledger.state import Access, PaymentState


class Next(StrEnum):
    """The one thing to do next, as a button."""

    NOTHING = ""
    LEARN = "learn"
    """Go to the course."""
    PAY = "pay"
    """Go to the payment page that exists."""
    AGAIN = "again"
    """Ask for a payment page again."""
    BUY = "buy"
    """Back to the course page, to order anew."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a state is told.

    Args:
        tone: `good`, `wait`, `bad` or `info`; the colour, never the only sign.
        title: the state in a few words.
        text: what happened and what happens now, in plain sentences.
        next: the button.
        waits: whether the page keeps asking for news by itself.
        cancellable: whether "Cancel this order" is offered.
    """

    tone: str
    title: str | Promise
    text: str | Promise
    next: Next = Next.NOTHING
    waits: bool = False
    cancellable: bool = False


OPEN = Telling(
    "good",
    _("Your course is open"),
    _("The payment arrived. You can start now, here and on every device where you sign in."),
    Next.LEARN,
)

DISPUTED = Telling(
    "bad",
    _("Your bank asks for this payment back"),
    _(
        "Your bank told us that you dispute this payment, so the course is closed until the bank has decided. If that"
        " is a mistake, tell your bank, and write to us. Keep the reference below."
    ),
    waits=True,
)

BY_ACCESS: Mapping[str, Telling] = MappingProxyType(
    {
        Access.OPEN: OPEN,
        Access.PENDING: Telling(
            "wait",
            _("Paid. Waiting for approval by staff"),
            _(
                "Your payment arrived and is safe. A member of staff will look at your order and open the course."
                " You need not pay again, and you may close this page."
            ),
            waits=True,
        ),
        Access.ELSEWHERE: Telling(
            "info",
            _("You paid twice"),
            _(
                "Your course is open. This order was paid a second time, and that money is owed back to you."
                " We have told staff; you will hear from us. Keep the reference below."
            ),
            Next.LEARN,
        ),
        Access.SUSPENDED: Telling(
            "bad",
            _("Access is suspended"),
            _(
                "The payment provider gave us two answers about this payment that do not agree, so the course is closed"
                " for now. A member of staff is looking into it. Please do not pay again; you will hear from us."
            ),
            waits=True,
        ),
        Access.REJECTED: Telling(
            "bad",
            _("Staff did not approve this order"),
            _("The course stays closed, and the money you paid is owed back to you. You will hear from us."),
        ),
        Access.REVOKED: Telling(
            "info",
            _("The course is closed: money was given back"),
            _("The money went back to you, so the course is closed. You can order it again at any time."),
            Next.BUY,
        ),
    }
)
"""Where the access alone says it."""

BY_STATE: Mapping[str, Telling] = MappingProxyType(
    {
        PaymentState.CREATED: Telling(
            "wait",
            _("There is no payment page yet"),
            _("Your order is saved and nothing was charged. Ask for the payment page again."),
            Next.AGAIN,
            waits=True,
            cancellable=True,
        ),
        PaymentState.OPEN: Telling(
            "wait",
            _("Waiting for payment"),
            _("We have not heard of a payment yet. If you have paid, stay here: this page changes by itself."),
            Next.PAY,
            waits=True,
            cancellable=True,
        ),
        PaymentState.ATTEMPT_FAILED: Telling(
            "bad",
            _("The bank declined"),
            _(
                "No money was taken. The payment link still works: try again, perhaps with another card, or ask your"
                " bank why."
            ),
            Next.PAY,
            waits=True,
            cancellable=True,
        ),
        PaymentState.CONFIRMING: Telling(
            "wait",
            _("Confirming your payment"),
            _(
                "The payment provider says that you paid, and we are checking with their records. This usually takes"
                " seconds. You need not pay again; this page changes by itself."
            ),
            waits=True,
        ),
        PaymentState.PAID: Telling(
            "wait",
            _("Paid. Opening your course"),
            _("Your payment arrived and is safe. We are opening the course; this page changes by itself."),
            waits=True,
        ),
        PaymentState.QUESTIONED: Telling(
            "bad",
            _("We have a question about this payment"),
            _(
                "What the payment provider tells us does not match your order. A member of staff is looking into it."
                " Please do not pay again; you will hear from us. Keep the reference below."
            ),
            waits=True,
        ),
        PaymentState.EXPIRED: Telling(
            "info",
            _("The payment link has expired"),
            _(
                "We stopped waiting, and no payment arrived. You can order again. If you did pay in the meantime, the"
                " payment still counts and the course opens by itself."
            ),
            Next.BUY,
        ),
        PaymentState.CANCELLED: Telling(
            "info",
            _("You cancelled this order"),
            _(
                "Nothing is owed. You can order again at any time. If you did pay after all, the payment still counts"
                " and the course opens by itself."
            ),
            Next.BUY,
        ),
        PaymentState.DISPUTED: DISPUTED,
        PaymentState.REFUNDED: Telling(
            "info",
            _("The payment was given back"),
            _("The money went back to you. You can order again at any time."),
            Next.BUY,
        ),
    }
)
"""Where access says nothing yet."""


WENT_BACK = frozenset({PaymentState.DISPUTED, PaymentState.REFUNDED})
"""Where the money says more than the access."""

OF_TRANSFERS: Mapping[tuple[str, str], Telling] = MappingProxyType(
    {
        (PaymentState.OPEN, Access.NONE): Telling(
            "wait",
            _("Waiting for your bank transfer"),
            _(
                "Pay with the details below, then send us a proof: the slip from your bank's app, or a photograph of"
                " it. Staff compare it with the bank account and open the course."
            ),
            cancellable=True,
        ),
        (PaymentState.CONFIRMING, Access.PENDING): Telling(
            "wait",
            _("Your proof is here. Waiting for staff"),
            _(
                "A member of staff will compare it with the bank account and open the course. This page changes by"
                " itself. You need not pay again, and you may close it."
            ),
        ),
        (PaymentState.CONFIRMING, Access.REJECTED): Telling(
            "bad",
            _("Staff could not accept your proof"),
            _("The course is not open yet. Read what staff wrote, then send another proof, or pay by card instead."),
        ),
        (PaymentState.QUESTIONED, Access.NONE): Telling(
            "bad",
            _("We have a question about this payment"),
            _(
                "What arrived in the bank account does not match your order. A member of staff is looking into it."
                " Please do not pay again; you will hear from us. Keep the reference below."
            ),
        ),
        (PaymentState.EXPIRED, Access.NONE): Telling(
            "info",
            _("We stopped waiting for your transfer"),
            _("If you have paid, send us the proof below: it still counts. If you have not, you can order again."),
            Next.BUY,
        ),
        (PaymentState.CANCELLED, Access.NONE): Telling(
            "info",
            _("You cancelled this order"),
            _(
                "Nothing is owed. You can order again at any time. If you did pay after all, send us the proof below:"
                " it still counts."
            ),
            Next.BUY,
        ),
    }
)
"""Where a bank transfer is told otherwise than a payment by card."""


def telling(payment_state: str, access: str, *, method: str = "") -> Telling:
    """What to tell of an order in this state; every pair has an answer.

    Args:
        method: how it is paid, as `OrderView.method`.
    """
    if payment_state in WENT_BACK and access not in (Access.OPEN, Access.REVOKED):
        return BY_STATE[payment_state]
    told = OF_TRANSFERS.get((payment_state, access)) if method == "transfer" else None
    return told or BY_ACCESS.get(access) or BY_STATE[payment_state]
