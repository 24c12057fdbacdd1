"""What the ledger refuses."""

from __future__ import annotations

from tollkeeper.core.errors import Refusal


class NoSuchOrder(Refusal):
    """There is no such order here."""

    code = "no_such_order"
    remedy = "Check the reference, or sign in with the e-mail address that the order was made with."
    http_status = 404


class AlreadyDecided(Refusal):
    """Somebody has decided this already."""

    code = "already_decided"
    remedy = "Reload the page to see what was decided, by whom and why."


class AlreadyPaid(Refusal):
    """This order is paid already; nothing more is needed."""

    code = "already_paid"
    remedy = "Reload the page to see it. If you paid twice, write to us with the reference."


class NotATransfer(Refusal):
    """A proof can only be handed in for a bank transfer."""

    code = "not_a_transfer"
    remedy = "Choose to pay by bank transfer first."


class NothingToDecide(Refusal):
    """This payment is not waiting for a decision."""

    code = "nothing_to_decide"


class NoSuchIntervention(Refusal):
    """There is no open intervention of that id."""

    code = "no_such_intervention"
    remedy = "List them with `tollkeeper payment interventions`; it may have been closed meanwhile."
    http_status = 404


class ReasonNeeded(Refusal):
    """A decision needs a reason."""

    code = "reason_needed"
    remedy = "Write one sentence that the customer and the next colleague will understand."
    http_status = 422


class InUse(Refusal):
    """Somebody else is working on this payment at this moment."""

    code = "payment_in_use"
    remedy = "Try again in a second."


class NothingToRefund(Refusal):
    """There is no money of this payment that could be refunded."""

    code = "nothing_to_refund"
    remedy = "Look at its timeline: nothing came yet, or all of it is on its way back already."


class RefundTooLarge(Refusal):
    """That is more than can be refunded."""

    code = "refund_too_large"
    http_status = 422


class NoSuchRefund(Refusal):
    """This payment has no refund of that number."""

    code = "no_such_refund"
    remedy = "Look at the payment's timeline; it names each refund."
    http_status = 404


class RefundIsOver(Refusal):
    """Somebody has said already what became of this refund."""

    code = "refund_is_over"
    remedy = "Reload the page to see it."


class NoSuchDispute(Refusal):
    """This payment has no dispute of that number."""

    code = "no_such_dispute"
    remedy = "Look at the payment's timeline; it names each dispute."
    http_status = 404


class DisputeIsKnown(Refusal):
    """A dispute of that number is noted already."""

    code = "dispute_is_known"
    remedy = "Say how that one ended; another dispute has another number."


class DisputeIsOver(Refusal):
    """This dispute is decided already."""

    code = "dispute_is_over"
    remedy = "Reload the page to see how it ended."
