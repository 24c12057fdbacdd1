"""Messages, and a mail server that remembers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import uuid4

from aiosmtpd.controller import Controller

from tollkeeper.messaging.outbox import Message, enqueue


def message(key="", recipient="buyer@example.com", **rest):
    words = {"subject": "Your receipt", "text": "Thank you.\n"} | rest
    return Message(dedupe_key=key or f"test:{uuid4()}", recipient=recipient, **words)


def put(connection, *messages):
    with connection.transaction(), connection.cursor() as cursor:
        return enqueue(cursor, messages or (message(),))


def rows(connection, columns="state"):
    with connection.transaction():
        found = connection.execute(f"SELECT {columns} FROM messaging_outbox ORDER BY created_at, id").fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


def make_due(connection):
    with connection.transaction():
        connection.execute("UPDATE messaging_outbox SET next_at = now() - interval '1 second'")


def until(true: Callable[[], object], seconds: float = 10):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "that did not come true in time"
        time.sleep(0.01)
    return found


class Mailbox:
    """A mail server's handler: keeps every mail; `answer` may do worse than accept."""

    def __init__(self):
        self.mails: list[EmailMessage] = []
        self.peers: list[object] = []
        self.answer: Callable[[], str] = lambda: "250 2.0.0 kept"
        self.rcpt_answer = "250 OK"
        self.hangs_up = False

    @property
    def subjects(self):
        return [str(mail["Subject"]) for mail in self.mails]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server, session, envelope):
        self.peers.append(session.peer)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        if self.hangs_up:
            server.transport.abort()
        return self.answer()


@contextmanager
def mail_server(host="127.0.0.1"):
    mailbox = Mailbox()
    controller = FreePort(mailbox, hostname=host, port=0)
    controller.start()
    try:
        yield mailbox, f"smtp://{host}:{controller.port}"
    finally:
        controller.stop()


class FreePort(Controller):
    """A controller on a port that the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped
