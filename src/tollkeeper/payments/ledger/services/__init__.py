"""Acts on payments, for callers that have Django's connection. Each is one transaction; all of them end in settle."""

from tollkeeper.payments.ledger.services.asking import customer_is_waiting, give_up, read_status_now
from tollkeeper.payments.ledger.services.bringing import bring, bring_each, read_payment
from tollkeeper.payments.ledger.services.deciding import (
    Decision,
    approve,
    close_intervention,
    decide_many,
    reject,
    submit_proof,
    take_intervention,
)
from tollkeeper.payments.ledger.services.giving import Earlier, OpenLink, bring_earlier, bring_open_links, give_access
from tollkeeper.payments.ledger.services.ordering import (
    Order,
    Sold,
    cancel_by_customer,
    gateway,
    open_page,
    place_order,
    place_payment,
)
from tollkeeper.payments.ledger.services.returning import (
    ask_refund,
    dispute_closed,
    dispute_opened,
    refund_not_sent,
    refund_sent,
    refundable_minor,
)

__all__ = [
    "Decision",
    "Earlier",
    "OpenLink",
    "Order",
    "Sold",
    "approve",
    "ask_refund",
    "bring",
    "bring_each",
    "bring_earlier",
    "bring_open_links",
    "cancel_by_customer",
    "close_intervention",
    "customer_is_waiting",
    "decide_many",
    "dispute_closed",
    "dispute_opened",
    "gateway",
    "give_access",
    "give_up",
    "open_page",
    "place_order",
    "place_payment",
    "read_payment",
    "read_status_now",
    "refund_not_sent",
    "refund_sent",
    "refundable_minor",
    "reject",
    "submit_proof",
    "take_intervention",
]
