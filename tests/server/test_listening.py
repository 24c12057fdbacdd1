from __future__ import annotations

import socket

import pytest

from tollkeeper.server.listening import CannotListen, PortTaken, address_of, answers, listen


@pytest.fixture
def taken():
    """A listening socket with free ports above it, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_taken_port_gives_way_to_a_free_one_above(taken):
    with listen("127.0.0.1", taken, exactly=False) as listener:
        assert taken < listener.getsockname()[1] <= taken + 19


def test_port_that_was_asked_for_is_refused_when_taken(taken):
    with pytest.raises(PortTaken, match=f"Port {taken} is taken") as refusal:
        listen("127.0.0.1", taken, exactly=True)
    assert "TOLLKEEPER_PORT" in refusal.value.mend


def test_address_that_is_not_ours_is_refused():
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 8000, exactly=False)


def test_address_is_one_that_a_browser_can_open():
    with listen("0.0.0.0", 20000, exactly=False) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_bound_socket_alone_is_no_answer(taken):
    assert not answers(f"http://127.0.0.1:{taken}", within=0.05)
