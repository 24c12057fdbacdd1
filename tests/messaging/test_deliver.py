from __future__ import annotations

from messaging.make import make_due, message, put, rows
from tollkeeper.messaging.delivery import LAST_ATTEMPT, deliver_due, lease_next, wait_seconds


def test_due_message_is_sent_with_the_servers_words_as_proof(connection, mailbox, transport):
    put(connection, message(subject="Zażółć", text="Dziękujemy.\n", html="<p>Dziękujemy.</p>", language="pl"))

    assert deliver_due(connection, transport=transport) == 1

    (mail,) = mailbox.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == ("buyer@example.com", "Shop <shop@example.com>", "Zażółć")
    assert mail.get_body(("plain",)).get_content().strip() == "Dziękujemy."
    assert mail.get_body(("html",)).get_content().strip() == "<p>Dziękujemy.</p>"
    assert rows(connection, "state, attempts, provider_answer, possible_repeat") == [
        ("sent", 1, "250 2.0.0 kept", False)
    ]


def test_second_delivery_sends_nothing(connection, mailbox, transport):
    put(connection)

    counts = [deliver_due(connection, transport=transport) for _ in range(2)]

    assert counts == [1, 0]
    assert len(mailbox.mails) == 1


def test_limit_leaves_the_rest_for_later(connection, mailbox, transport):
    put(connection, *(message() for _ in range(5)))

    assert deliver_due(connection, limit=3, transport=transport) == 3
    assert sorted(rows(connection)) == ["sent"] * 3 + ["waiting"] * 2


def test_message_is_not_tried_before_its_time(connection, mailbox, transport):
    put(connection)
    with connection.transaction():
        connection.execute("UPDATE messaging_outbox SET next_at = now() + interval '1 minute'")

    assert deliver_due(connection, transport=transport) == 0
    assert mailbox.mails == []


def test_unknown_mailbox_is_given_up_at_once(connection, mailbox, transport):
    put(connection, message("lost"), message("kept", recipient="other@example.com"))
    mailbox.rcpt_answer = "550 5.1.1 no such person here"

    assert deliver_due(connection, limit=1, transport=transport) == 1
    mailbox.rcpt_answer = "250 OK"
    assert deliver_due(connection, transport=transport) == 1

    assert sorted(rows(connection, "state, provider_answer")) == [
        ("failed", "550 5.1.1 no such person here"),
        ("sent", "250 2.0.0 kept"),
    ]


def test_busy_server_is_tried_again_without_a_mark(connection, mailbox, transport):
    put(connection)
    mailbox.rcpt_answer = "451 4.3.0 try later"
    deliver_due(connection, transport=transport)
    assert rows(connection, "state, possible_repeat, next_at > now() + interval '3 seconds'") == [
        ("waiting", False, True)
    ]

    mailbox.rcpt_answer = "250 OK"
    make_due(connection)
    deliver_due(connection, transport=transport)

    assert mailbox.subjects == ["Your receipt"]


def test_letter_refused_by_the_server_is_no_possible_repeat(connection, mailbox, transport):
    put(connection)
    mailbox.answer = lambda: "452 4.3.1 full"

    deliver_due(connection, transport=transport)

    assert rows(connection, "state, possible_repeat") == [("waiting", False)]


def test_letter_the_server_will_never_take_is_given_up(connection, mailbox, transport):
    put(connection)
    mailbox.answer = lambda: "552 5.3.4 too big"

    deliver_due(connection, transport=transport)

    assert rows(connection, "state, provider_answer") == [("failed", "552 5.3.4 too big")]


def test_endless_failure_is_given_up_after_the_last_attempt(connection, mailbox, transport):
    put(connection)
    mailbox.rcpt_answer = "451 4.3.0 try later"
    with connection.transaction():
        connection.execute("UPDATE messaging_outbox SET attempts = %s", (LAST_ATTEMPT - 1,))

    deliver_due(connection, transport=transport)

    assert rows(connection, "state, attempts") == [("failed", LAST_ATTEMPT)]


def test_one_bad_address_does_not_hold_up_the_others(connection, mailbox, transport):
    put(connection, message(recipient="a@-.-"), message(recipient="..@example.com"), message())

    deliver_due(connection, transport=transport)

    assert "buyer@example.com" in [mail["To"] for mail in mailbox.mails]
    assert "sending" not in rows(connection)


def test_secret_text_goes_when_the_message_has_gone(connection, mailbox, transport):
    put(connection, message(text="secret", html="<p>secret</p>", sensitive=True))

    deliver_due(connection, transport=transport)

    assert "secret" in mailbox.mails[0].get_body(("plain",)).get_content()
    assert rows(connection, "text, html") == [("", "")]


def test_waits_double_up_to_an_hour():
    waits = [wait_seconds(attempt) for attempt in range(1, LAST_ATTEMPT)]

    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_message_is_leased_by_one_process(connect):
    here, there = connect(), connect()
    put(here)

    assert lease_next(here) is not None
    assert lease_next(there) is None
