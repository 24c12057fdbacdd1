"""Somebody buys, so that a command has something to look at."""

from __future__ import annotations

import time

from instance import Shop
from tollkeeper.cli.acts.purchase import Checkout, Customer


def buy(shop: Shop, *, course: int = 0, until: str = "open") -> tuple[Checkout, str]:
    """Buy a course as a new guest, and wait until access is as wanted; the order and the guest's address."""
    with Customer(shop.url) as customer:
        checkout = customer.enrol(shop.courses[course])
        customer.pay(checkout)
        deadline = time.monotonic() + 20
        while customer.standing(checkout)["access"] != until:
            assert time.monotonic() < deadline, customer.standing(checkout)
            time.sleep(0.05)
        return checkout, customer.email


def order(shop: Shop, *, course: int = 0) -> tuple[Checkout, str]:
    """Order and do not pay."""
    with Customer(shop.url) as customer:
        return customer.enrol(shop.courses[course]), customer.email
