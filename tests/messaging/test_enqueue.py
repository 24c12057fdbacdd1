from __future__ import annotations

import pytest
from psycopg.pq import TransactionStatus

from messaging.make import message, put, rows
from tollkeeper.messaging.errors import BadAddress
from tollkeeper.messaging.outbox import enqueue


def test_same_reason_makes_one_message(connection):
    first = put(connection, message("receipt:1", text="first"))
    second = put(connection, message("receipt:1", text="second"))

    assert (first, second) == (1, 0)
    assert rows(connection, "text") == ["first"]


def test_batch_keeps_the_first_of_two_with_one_reason(connection):
    new = put(connection, message("receipt:1"), message("receipt:1"), message("receipt:2"))

    assert new == 2
    assert rows(connection) == ["waiting", "waiting"]


def test_message_of_a_rolled_back_transaction_is_gone(connection):
    with connection.transaction(force_rollback=True):
        put(connection, message())

    assert rows(connection) == []


def test_nothing_to_send_asks_the_database_nothing(connection):
    assert enqueue(connection.cursor(), []) == 0
    assert connection.info.transaction_status is TransactionStatus.IDLE


def test_subject_cannot_add_a_header(connection):
    put(connection, message(subject="Receipt\r\nBcc: stranger@example.com\x00\u2028end"))

    assert rows(connection, "subject") == ["Receipt Bcc: stranger@example.com end"]


def test_text_loses_what_the_database_refuses(connection):
    put(connection, message(text="a\x00b", html="<p>\x00</p>"))

    assert rows(connection, "text, html") == [("ab", "<p></p>")]


@pytest.mark.parametrize(
    "recipient",
    ["", "nobody", "a@b@c", "a@example.com\r\nBcc: x@example.com", "a@example.com,b@example.com", "A <a@example.com>",
     "ą@example.com", "a@" + "e" * 250 + ".com"],
)  # fmt: skip
def test_recipient_is_one_plain_address(recipient):
    with pytest.raises(BadAddress, match="is not one plain e-mail address"):
        message(recipient=recipient)
