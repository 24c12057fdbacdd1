from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from sandbox.receiver import Receiver
from sandbox.stranger import SECRET, command, environment, running


def refused(*arguments: str, **more: str) -> str:
    outcome = subprocess.run(
        command(*arguments), env=environment(**more), capture_output=True, text=True, timeout=30, check=False
    )
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert "Traceback" not in outcome.stderr
    return outcome.stderr


@pytest.mark.parametrize("word", ["production", " Production "])
def test_production_is_refused(word: str) -> None:
    assert "does not start" in refused(TOLLKEEPER_ENVIRONMENT=word)
    assert "does not start" in refused("--for-environment", word)


def test_secret_is_required_and_never_an_argument() -> None:
    assert "SANDBOX_APP_SECRET" in refused(SANDBOX_APP_SECRET=" ")
    assert "unrecognized arguments" in refused("--app-secret", "x")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "70000"], "65535"),
        (["--host", "203.0.113.1"], "cannot listen"),
        (["--fd", "99"], "descriptor 99"),
        (["--seed", "-1"], "seed"),
        (["--chaos", "callback.vanish=1"], "callback.drop"),
        (["--chaos", "callback.drop=often"], "often"),
        (["--chaos", "callback.drop=2"], "probability"),
        (["--chaos", "callback.delay=1:delay_ms=soon"], "soon"),
        (["--public-url", "nowhere"], "nowhere"),
        (["--state", "/nowhere/at/all"], "state file"),
    ],
)
def test_bad_option_is_told_in_a_sentence(arguments: list[str], word: str) -> None:
    assert word in refused(*arguments)


def test_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert "free one" in refused("--port", str(other.getsockname()[1]))


def test_foreign_state_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, " * 100)

    assert "notes.txt" in refused("--state", str(file))
    assert file.read_text().startswith("not a database")


def test_links_stay_payable_after_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    arguments = ["--state", str(tmp_path / "sandbox.db"), "--seed", "5"]
    with running(arguments) as first:
        made = first.create(receiver.url)
        first.act(first.create(receiver.url, "ORD-2")["paylinkID"], "pay")
        first.drain()
        first.process.kill()

    with running(arguments[:2]) as second:
        seed = second.control("GET", "")["seed"]
        paid = second.call("GET", "/getStatus/external", params={"externalReference": "ORD-2"}).json()
        second.act(made["paylinkID"], "pay")
        second.drain()
        new = second.create(receiver.url, "ORD-3")

    assert (seed, paid["status"], len(receiver.received)) == (5, "PAID", 2)
    assert new["paylinkID"] != made["paylinkID"]


def test_state_file_serves_one_sandbox_and_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    with running(["--state", str(file)]):
        assert "Stop the sandbox" in refused("--state", str(file))
    assert file.stat().st_mode & 0o077 == 0


def test_inherited_socket_is_served() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        running(["--fd", str(listener.fileno())], pass_fds=[listener.fileno()]) as stranger,
    ):
        assert stranger.url.endswith(f":{listener.getsockname()[1]}")
        assert stranger.control("GET", "")["links"] == 0


def test_public_url_leads_to_the_pay_page() -> None:
    with running(["--public-url", "https://pay.example.com/"]) as stranger:
        assert stranger.create("http://127.0.0.1:9/hook")["paylinkUrl"].startswith("https://pay.example.com/pay/")


def test_chaos_from_the_command_line_survives_a_reset(receiver: Receiver) -> None:
    with running(["--chaos", "callback.drop=1:limit=3", "--chaos", "status.wrong_amount=0.5:cents=-1"]) as stranger:
        stranger.control("PUT", "/chaos", {})
        stranger.control("POST", "/reset", {"seed": 1})

        switched = stranger.control("GET", "/chaos")["set"]

    assert switched["callback.drop"] == {"probability": 1.0, "limit": 3, "parameters": {}}
    assert switched["status.wrong_amount"]["parameters"] == {"cents": -1}


def test_remote_callbacks_must_be_asked_for() -> None:
    with running(["--allow-remote-callbacks"]) as stranger:
        assert stranger.create("https://shop.example.com/hook")["responseCode"] == "00"


def test_stop_is_clean_and_tells_no_secret(receiver: Receiver) -> None:
    with subprocess.Popen(
        command(), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.terminate()
        out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (0, "", "")
    assert SECRET not in ready
