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
