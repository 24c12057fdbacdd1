"""A process dies, or an answer is lost, between sending and writing it down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from messaging.make import make_due, message, put, rows, until
from tollkeeper.messaging.delivery import deliver_due, lease_next
from tollkeeper.messaging.letters import Letter

SOURCE = Path(__file__).resolve().parents[2] / "src"
DELIVER = """
from tollkeeper.core.database import connect
from tollkeeper.core.settings import settings
from tollkeeper.messaging.delivery import deliver_due
deliver_due(connect(settings().database_url.get_secret_value(), name="delivery"))
"""


def deliverer(url):
    environment = os.environ | {
        "TOLLKEEPER_EMAIL_URL": url,
        "TOLLKEEPER_EMAIL_FROM": "Shop <shop@example.com>",
        "PYTHONPATH": str(SOURCE),
    }
    return subprocess.Popen([sys.executable, "-c", DELIVER], env=environment)


def test_killed_between_sending_and_recording_says_possible_repeat(connection, server, transport):
    mailbox, url = server
    put(connection)
    process: list[subprocess.Popen[bytes]] = []

    def kill_and_answer():
        process[0].kill()
        return "250 too late"

    mailbox.answer = kill_and_answer
    process.append(deliverer(url))

    assert process[0].wait(30) == -signal.SIGKILL
    assert deliver_due(connection, transport=transport) == 0
    mailbox.answer = lambda: "250 kept"
    make_due(connection)
    assert deliver_due(connection, transport=transport) == 1

    assert mailbox.subjects == ["Your receipt", "Possible repeat: Your receipt"]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert rows(connection, "state, attempts, possible_repeat") == [("sent", 2, True)]


def test_process_left_alone_sends_once_without_a_mark(connection, server):
    mailbox, url = server
    put(connection)

    assert deliverer(url).wait(30) == 0

    assert mailbox.subjects == ["Your receipt"]
    assert rows(connection, "state, attempts, possible_repeat") == [("sent", 1, False)]


def test_connection_lost_after_the_letter_says_possible_repeat(connection, mailbox, transport):
    put(connection)
    mailbox.hangs_up = True
    deliver_due(connection, transport=transport)
    first = rows(connection, "state, possible_repeat")

    mailbox.hangs_up = False
    make_due(connection)
    deliver_due(connection, transport=transport)

    assert first == [("waiting", True)]
    assert mailbox.subjects == ["Your receipt", "Possible repeat: Your receipt"]


def test_slow_process_that_lost_its_lease_does_not_overwrite(connect, transport):
    slow, quick = connect(), connect()
    put(slow)

    def lease_and_lose(connection) -> Letter | None:
        letter = lease_next(connection)
        make_due(quick)
        deliver_due(quick, transport=transport)
        return letter

    deliver_due(slow, limit=1, transport=transport, lease=lease_and_lose)

    assert rows(slow, "state, attempts, possible_repeat") == [("sent", 2, True)]


def deliver_twice_at_once(connect, transports, *, lease):
    gate = threading.Barrier(2)

    def loop(connection, transport):
        take = lease(gate)
        gate.wait(10)
        while deliver_due(connection, limit=5, transport=transport, lease=take):
            pass

    loops = [threading.Thread(target=loop, args=(connect(), transport)) for transport in transports]
    for thread in loops:
        thread.start()
    for thread in loops:
        thread.join(60)


def test_two_loops_at_once_send_each_message_once(connect, connection, mailbox, transports):
    put(connection, *(message(subject=f"number {n}") for n in range(40)))

    deliver_twice_at_once(connect, transports, lease=lambda gate: lease_next)

    assert sorted(mailbox.subjects) == sorted(f"number {n}" for n in range(40))
    assert set(rows(connection, "state, attempts")) == {("sent", 1)}


def test_control_without_a_lease_messages_go_out_twice(connect, connection, mailbox, transports):
    put(connection)

    deliver_twice_at_once(connect, transports, lease=no_lease)

    assert mailbox.subjects == ["Your receipt"] * 2


def no_lease(gate):
    """A collaborator that looks at what is due and takes nothing; both loops look before either sends."""
    looked: list[object] = []

    def look(connection) -> Letter | None:
        if looked:
            return None
        with connection.transaction():
            row = connection.execute(
                "SELECT id, recipient, subject, text, html, language, attempts, possible_repeat FROM messaging_outbox"
                " WHERE state = 'waiting'"
            ).fetchone()
        looked.append(row)
        gate.wait(10)
        return Letter(*row) if row else None

    return look


def test_loops_wait_for_nothing(connect, connection, transport):
    put(connection, message("a"), message("b"))
    elsewhere = connect()
    with elsewhere.transaction():
        elsewhere.execute("SELECT id FROM messaging_outbox WHERE dedupe_key = 'a' FOR UPDATE")
        assert until(lambda: deliver_due(connection, transport=transport)) == 1

    assert sorted(rows(connection, "dedupe_key, state")) == [("a", "waiting"), ("b", "sent")]
