from __future__ import annotations

import pytest

from tollkeeper.cli.acts.purchase import Checkout, Customer
from tollkeeper.proofs.customer import Customer as PatientCustomer
from tollkeeper.proofs.customer import Failed, proof_of_origin


def test_each_step_says_what_the_shop_did_instead(shop):
    with Customer(shop.url) as customer:
        with pytest.raises(Failed, match="/courses/nothing/ answered 404"):
            customer.enrol("nothing")
        with pytest.raises(Failed, match="does not say how order 0000 stands"):
            customer.standing(Checkout("nothing", "0000", ""))
        with pytest.raises(Failed, match="lacks its form"):
            proof_of_origin("<p>nothing</p>")


def test_customer_of_the_proofs_orders_in_the_same_way(shop):
    slug = shop.courses[0]

    with Customer(shop.url) as one, PatientCustomer(f"{shop.url}/", "patient@example.com") as other:
        addresses = [one.enrol(slug).pay_url, other.order(slug)]

    pages = {address.rpartition("/")[0] for address in addresses}
    assert len(pages) == 1
    assert len(set(addresses)) == 2
    assert one.bad_pages == other.bad_pages == []
