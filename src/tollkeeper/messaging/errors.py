"""What can go wrong between a message and its address."""

from __future__ import annotations

from tollkeeper.core.errors import Fault, Refusal


class BadAddress(Refusal):
    """That is not an address a message can be sent to."""

    code = "bad_address"
    remedy = "Correct the address and send the message again."
    http_status = 422


class Undeliverable(Refusal):
    """The receiving side refused the message for good."""

    code = "undeliverable"
    remedy = "Ask the person for another address; the provider's answer is kept with the message."


class NotSent(Fault):
    """The message was certainly not sent; it is tried again later."""

    code = "not_sent"
    remedy = "Look at the mail server that TOLLKEEPER_EMAIL_URL names."


class Unanswered(Fault):
    """The message left, and no answer came back; it may have arrived."""

    code = "unanswered"
    remedy = "Nothing: it is sent again and marked as a possible repeat."
