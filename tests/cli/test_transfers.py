"""A transfer is decided from the command line only by who has seen the proof that is there now."""

from __future__ import annotations

import os
import pty
import re
import secrets
import subprocess
import sys

import httpx
import pytest

from transfers import make


class Transfer:
    """A guest's order that waits for a transfer, and the browser that hands in proofs."""

    def __init__(self, client, course):
        self.client = client
        page = client.get(f"/courses/{course}/").text
        fields = {name: _value(page, name) for name in ("csrfmiddlewaretoken", "attempt")}
        guest = {"email": f"guest-{secrets.token_hex(5)}@example.com", "method": "transfer"}
        self.page = client.post(f"/courses/{course}/enrol/", data=fields | guest).text
        self.reference = re.search(r'action="/orders/([^/"]+)/proofs/"', self.page)[1]

    def hand_in(self):
        token = {"csrfmiddlewaretoken": _value(self.page, "csrfmiddlewaretoken")}
        file = {"file": ("slip.png", make.png(), "image/png")}
        answer = self.client.post(f"/orders/{self.reference}/proofs/", data=token, files=file)
        assert answer.status_code == 200


def _value(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


@pytest.fixture
def transfer(shop):
    with httpx.Client(base_url=shop.url, trust_env=False, follow_redirects=True, timeout=60) as client:
        yield Transfer(client, shop.courses[0])


@pytest.fixture
def at_terminal(shop):
    """A command given at a terminal, and what is typed when it asks; its exit code and all it said."""

    def _run(*words, types):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "tollkeeper.cli.main", *words]
        os.write(ours, types.encode())
        process = subprocess.run(
            command, env=dict(shop.env), stdin=theirs, capture_output=True, text=True, timeout=180, check=False
        )
        for end in (ours, theirs):
            os.close(end)
        return process.returncode, process.stdout + process.stderr

    return _run


def approve(tell, transfer, *more):
    return tell("payment", "approve", transfer.reference, "--reason", "On the statement of today", *more)


def access(tell, transfer):
    return tell("payment", "show", transfer.reference, "--json").json["access"]


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_script_that_says_nothing_of_the_proof_is_refused(tell, transfer, act):
    transfer.hand_in()

    refused = tell("payment", act, transfer.reference, "--reason", "Seen", "--json")

    assert (refused.code, refused.json["error"]) == (2, "proof_not_seen")
    assert "--proof" in refused.json["mend"]
    assert access(tell, transfer) == "pending"


def test_newest_proof_named_is_approved(tell, transfer):
    transfer.hand_in()
    (proof,) = tell("payment", "show", transfer.reference, "--json").json["proofs"]

    done = approve(tell, transfer, "--proof", str(proof["number"]), "--json")

    assert (done.code, done.json["access"], done.json["proof"]) == (0, "open", proof["number"])


@pytest.mark.parametrize("number", ["1", "2", "99"])
def test_older_or_unknown_proof_is_refused_and_the_newest_is_named(tell, transfer, number):
    for _ in range(3):
        transfer.hand_in()

    refused = approve(tell, transfer, "--proof", number)

    assert refused.code == 2
    assert "3" in refused.err
    assert access(tell, transfer) == "pending"


def test_transfer_without_any_proof_needs_none(tell, transfer):
    assert approve(tell, transfer, "--proof", "1").code == 2

    assert approve(tell, transfer).code == 0
    assert access(tell, transfer) == "open"


def test_whoever_sits_at_a_terminal_is_shown_the_facts_and_asked(tell, transfer, at_terminal, shop):
    transfer.hand_in()
    words = ("payment", "approve", transfer.reference, "--reason", "On the statement of today")

    no = at_terminal(*words, types="n\n")
    waits = access(tell, transfer)
    yes = at_terminal(*words, types="y\n")

    assert (no[0], waits) == (2, "pending")
    assert (yes[0], access(tell, transfer)) == (0, "open")
    assert "image/png" in yes[1]
    assert re.search(r"SHA-256 [0-9a-f]{64}", yes[1])


def test_proofs_are_shown_with_the_payment(tell, transfer):
    transfer.hand_in()

    shown = tell("payment", "show", transfer.reference)

    assert "Proofs of the transfer" in shown.out
    assert re.search(r"Proof 1: image/png, .* 1 page, from ", shown.out)
    assert transfer.client.get(re.search(r"https?://\S+proofs\S+", shown.out)[0]).status_code == 404
