"""How commands are called, and what a wrong one is answered; no instance needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tollkeeper.cli.main import _split_verb, release
from tollkeeper.cli.proving import NoSuchProof, _proof
from tollkeeper.cli.reference import commands

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"django", "psycopg", "pydantic", "httpx"}


def test_help_imports_nothing_heavy():
    script = "import sys, tollkeeper.cli.main; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert "typer" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_unknown_command_gets_a_suggestion(alone):
    answer = alone("payment", "lst")

    assert answer.code == 2
    assert "Did you mean 'list'" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["payment", "approve", "X"], "Missing option '--reason'"),
        (["payment", "list", "--limit", "0"], "--limit"),
        (["flag", "set", "fast_track"], "Missing argument"),
        (["payment", "list", "--colour"], "No such option"),
    ],
)
def test_wrong_arguments_get_a_sentence(alone, words, said):
    answer = alone(*words)

    assert answer.code == 2
    assert said in answer.err
    assert "--help` shows how it is called" in answer.err


def test_wrong_arguments_are_json_when_asked(alone):
    answer = alone("payment", "why", "--json")

    assert answer.code == 2
    assert answer.json["error"] == "bad_arguments"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("payment:why", ["payment", "why"]),
        ("test:db:connection", ["test", "db:connection"]),
        ("demo", ["demo"]),
        ("--help", ["--help"]),
    ],
)
def test_group_and_verb_may_be_joined(said, meant):
    assert _split_verb([said, "a:b"]) == [*meant, "a:b"]


def test_version_is_told(alone):
    answer = alone("--version")

    assert (answer.code, answer.out) == (0, f"tollkeeper {release()}\n")


def test_without_instance_commands_say_how_to_start_one(alone):
    answer = alone("payment", "list", "--json")

    assert answer.code == 4
    assert answer.json["error"] == "nothing_runs"
    assert "tollkeeper serve" in answer.json["mend"]


def test_database_that_is_down_is_told_in_a_sentence(alone):
    answer = alone("payment", "health-check", DATABASE_URL="postgresql://nobody:here@127.0.0.1:1/nothing")

    assert answer.code == 4
    assert "The database does not answer" in answer.err
    assert "here" not in answer.err.replace("there", "")


def test_practice_is_refused_in_production(alone):
    answer = alone("serve", "--demo", TOLLKEEPER_ENVIRONMENT="production")

    assert answer.code == 2
    assert "no place in production" in answer.err


def test_proof_that_is_not_there_is_not_pretended():
    with pytest.raises(NoSuchProof):
        _proof("nothing")


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_help_teaches(command):
    assert len(command.help) > 40
    assert all(text for _name, text in command.options)


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_reference_page_has_the_command(command):
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()

    assert f"tollkeeper {command.name}\n" in page
