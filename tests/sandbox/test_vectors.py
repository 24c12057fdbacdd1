"""The worked vectors of the wire contract, typed here a second time."""

from __future__ import annotations

import hashlib

import pytest

from tollkeeper.sandbox.signing import escape, path_of, sign

SECRET = "test_app_secret_0123456789"
PAYMENT = "/public-api/v1/api/payment"
WEBHOOK = "/webhooks/ikhokha"

V1 = (
    b'{"entityID":"TESTAPPID00000000000000000000001","amount":10000,"currency":"ZAR",'
    b'"requesterUrl":"https://shop.example.com","mode":"live","description":"Course: Intro",'
    b'"paymentReference":"ORD-0001","externalTransactionID":"ORD-0001",'
    b'"urls":{"callbackUrl":"https://shop.example.com/webhooks/ikhokha",'
    b'"successPageUrl":"https://shop.example.com/pay/ok","failurePageUrl":"https://shop.example.com/pay/failed",'
    b'"cancelUrl":"https://shop.example.com/pay/cancelled"}}'
)
V2 = (
    r'{"entityID":"TESTAPPID00000000000000000000001","amount":89950,"currency":"ZAR",'
    r'"requesterUrl":"https://shop.example.com","mode":"live","description":"Zoë'
    r"'"
    r's \"Glow\" facial \\ 60 min","externalTransactionID":"ORD-0002",'
    r'"urls":{"callbackUrl":"https://shop.example.com/webhooks/ikhokha",'
    r'"successPageUrl":"https://shop.example.com/pay/ok","failurePageUrl":"https://shop.example.com/pay/failed"}}'
).encode()
V4 = b'{"paylinkID":"2zh1zj6y8xpb0g3","status":"SUCCESS","externalTransactionID":"ORD-0001","responseCode":"00"}'
V5 = b'{"paylinkID":"2zh1zj6y8xpb0g3","status":"FAILURE","externalTransactionID":"ORD-0001","responseCode":"99"}'
V6 = V4[:-1] + b',"text":"Approved"}'


@pytest.mark.parametrize(
    ("path", "body", "signature"),
    [
        (PAYMENT, V1, "c5d4f1692bb05557be22c85ec0d909f3164f03f2db516e4add1be81557e2c9f1"),
        (PAYMENT, V2, "4108cc516f3ba1a923e993fcd7f77522f8e25746c1b0a3f79e04d6fdcdb90833"),
        (
            "/public-api/v1/api/getStatus/2zh1zj6y8xpb0g3",
            b"",
            "f8d5582fe28f403c9ef9cb83ff930aa771372d9560571c9f58b226bd329dc1b3",
        ),
        (
            "/public-api/v1/api/getStatus/external",
            b"",
            "60ff9a71ef539bd0a2fa006e69de5f7a018b2aba1a2a3db9e9a29e5d29bb7d8e",
        ),
        (
            "/public-api/v1/api/payments/history",
            b"",
            "f3ef5b500ef7b62da632a0d0fa81a75fb079289599b8c4b80ceeea09e75b4f50",
        ),
        (WEBHOOK, V4, "d5d39f8a532d7e3601bffa5708954dedc8e5637a9c57b0989a38ed0c0eb32c64"),
        (WEBHOOK, V5, "29307174b1a45ebe1e5e3c3ff2204538ead7a09e5500b08be739a416a55b4576"),
        (WEBHOOK, V6, "5d72c29012f433df6aa604ae4c17e976b9ba1b7d70c5e31523a33417a6d5fcee"),
    ],
    ids=["V1", "V2", "V3-status", "V3-external", "V3-history", "V4", "V5", "V6"],
)
def test_signature_is_the_vector(path: str, body: bytes, signature: str) -> None:
    assert sign(SECRET, path, body) == signature


def test_bodies_are_typed_as_published() -> None:
    assert hashlib.sha256(V1).hexdigest() == "fcf50cc0c74baf0d61dd699754161e3685e9668f3f5802dfbc8f5e6c28b9bef7"
    assert hashlib.sha256(V2).hexdigest() == "a67ac8398a529b491351ecac58b27f021d5792d645303edcc98561cceef4f227"


def test_escape_covers_four_characters() -> None:
    assert escape(b"""\\ " ' \0 /""") == rb"\\ \" \' \0 /"


def test_path_leaves_out_host_and_query() -> None:
    assert path_of("https://shop.example.com/webhooks/ikhokha?a=1#b") == WEBHOOK
    assert path_of("https://shop.example.com") == "/"
