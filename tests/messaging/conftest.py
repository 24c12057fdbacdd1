from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from messaging.make import mail_server
from tollkeeper.messaging.transports import MailServer


@pytest.fixture
def connection(connect):
    return connect()


@pytest.fixture
def server():
    """A mail server on loopback: its mailbox, and the address that a setting would name."""
    with mail_server() as running:
        yield running


@pytest.fixture
def mailbox(server):
    return server[0]


@pytest.fixture
def transport(server):
    sending = MailServer(urlsplit(server[1]), sender="Shop <shop@example.com>", timeout_seconds=5)
    yield sending
    sending.close()


@pytest.fixture
def transports(server):
    """Two transports, as two processes have."""
    both = [MailServer(urlsplit(server[1]), sender="Shop <shop@example.com>", timeout_seconds=5) for _ in range(2)]
    yield both
    for sending in both:
        sending.close()
