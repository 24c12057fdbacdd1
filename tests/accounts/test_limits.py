from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.make import make_older
from tollkeeper.accounts.errors import TooManyTries
from tollkeeper.accounts.limits import (
    Count,
    Limit,
    forget_old_tries,
    forgive,
    give_back,
    network_of,
    network_of_guest,
    take_try,
)
from tollkeeper.accounts.models import Attempt

pytestmark = pytest.mark.usefixtures("db")
THREE = Limit("test.three", 3, 900)


def tries(number, subject="a"):
    for _ in range(number):
        take_try([Count(THREE, subject)])


def test_try_beyond_the_limit_says_how_long_to_wait():
    tries(3)

    with pytest.raises(TooManyTries, match="Please wait 15 minutes") as refused:
        tries(1)

    assert 890 < refused.value.wait_seconds <= 900


def test_wait_ends_when_the_oldest_try_leaves_the_window(owner):
    tries(1)
    make_older(600, owner)
    tries(2)
    with pytest.raises(TooManyTries, match="Please wait 5 minutes"):
        tries(1)

    make_older(301, owner)

    tries(1)


def test_one_subject_does_not_use_up_anothers_tries():
    tries(3, "a")

    tries(3, "b")

    assert Attempt.objects.count() == 6


def test_refused_try_counts_against_no_limit():
    wide = Limit("test.wide", 5, 900)
    tries(3)

    for _ in range(9):
        with pytest.raises(TooManyTries):
            take_try([Count(wide, "net"), Count(THREE, "a")])

    assert not Attempt.objects.filter(limit_name="test.wide").exists()


def test_unknown_network_is_not_counted():
    for _ in range(9):
        take_try([Count(THREE, "")])

    assert Attempt.objects.count() == 0


def test_good_try_can_be_given_back_and_a_subject_forgiven():
    tries(2)
    give_back(take_try([Count(THREE, "a")]))
    assert Attempt.objects.count() == 2

    forgive(Count(THREE, "a"))

    assert Attempt.objects.count() == 0


def test_tries_at_once_are_counted_together():
    def one(_):
        try:
            take_try([Count(THREE, "a")])
        except TooManyTries:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(6) as pool:
        allowed = sum(pool.map(one, range(24)))

    assert allowed == 3


def test_address_is_stored_as_a_digest_only():
    take_try([Count(THREE, "buyer@example.com")])

    stored = Attempt.objects.get().subject

    assert "buyer" not in stored
    assert len(stored) == 64


def test_old_tries_are_forgotten(owner):
    tries(2)
    make_older(3600, owner)
    tries(1)

    assert forget_old_tries() == 2
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("196.25.1.1", "196.25.1.1"),
        ("::ffff:196.25.1.1", "196.25.1.1"),
        ("2c0f:f248:1:2:3:4:5:6", "2c0f:f248:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_network_of_an_address(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize("here", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1", "unix:", None])
def test_this_machine_is_no_network_of_guests(here):
    assert network_of_guest(here) == ""


@pytest.mark.parametrize("address", ["196.25.1.1", "10.1.2.3", "2c0f:f248:1:2:3:4:5:6"])
def test_guests_from_elsewhere_have_their_network(address):
    assert network_of_guest(address) == network_of(address) != ""
