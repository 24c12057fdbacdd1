from __future__ import annotations

import pytest

from tollkeeper.accounts.addresses import normal_email, own_path
from tollkeeper.accounts.errors import BadEmail


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Buyer@Example.COM ", "buyer@example.com"),
        ("buyer+shop@example.co.za", "buyer+shop@example.co.za"),
        ("buyer@bücher.example", "buyer@xn--bcher-kva.example"),
        ("BUYER@XN--BCHER-KVA.example", "buyer@xn--bcher-kva.example"),
        ("buyer@\uff45xample.com", "buyer@example.com"),
        ("b" * 60 + "@" + "e" * 60 + ".example.com", "b" * 60 + "@" + "e" * 60 + ".example.com"),
    ],
)
def test_one_address_has_one_form(typed, stored):
    assert normal_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "nobody", "@example.com", "a@", "a@b", "a@@example.com", "a b@example.com", "a@exam ple.com",
     "a@example.com\r\nBcc: x", "a\x00@example.com",
     "ą@example.com", "a@" + "e" * 300 + ".com", "a@" + "e." * 130 + "com", "a@\ud800.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(typed):
    with pytest.raises(BadEmail, match=r"It should look like name@example\.com"):
        normal_email(typed)


@pytest.mark.parametrize("path", ["/", "/courses/python/?page=2#end", "/orders/ABCD/"])
def test_own_pages_are_gone_to(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [None, "", "orders/", "//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)",
     "/\t/evil.example", "///evil.example", "/" + "a" * 600],
)  # fmt: skip
def test_other_places_are_not_gone_to(path):
    assert own_path(path) == "/my/courses/"
