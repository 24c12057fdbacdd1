"""The database's address, its shell, and the flags, of a running shop."""

from __future__ import annotations

import psycopg


def test_address_hides_its_password(shop, tell):
    secret = psycopg.conninfo.conninfo_to_dict(shop.dsn)["password"]

    hidden = tell("database", "url")
    as_owner = tell("database", "url", "--owner")

    assert hidden.out.startswith("postgresql://tollkeeper_app:***@")
    assert as_owner.out.startswith("postgresql://tollkeeper_owner:***@")
    assert secret not in hidden.out + as_owner.out


def test_shown_password_opens_the_database_and_is_audited(shop, tell):
    address = tell("database", "url", "--show-password", "--by", "ann@example.com", "--json").json["url"]

    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("tollkeeper_app",)
    audited = shop.ask("SELECT by FROM core_audit WHERE act = 'database.password_shown'")
    assert ("ann@example.com",) in audited


def test_shell_is_the_serving_role_unless_told_otherwise(shop, tell, me):
    words = ("--", "-Atc", "SELECT current_user")

    served, owned = tell("database", "shell", *words), tell("database", "shell", "--owner", *words)

    assert served.out.split() == ["tollkeeper_app"]
    assert owned.out.split() == ["tollkeeper_owner"]
    assert shop.ask("SELECT DISTINCT by FROM core_audit WHERE act = 'database.shell'") == [(me,)]


def test_shell_cannot_write_money(tell):
    answer = tell("database", "shell", "--", "-c", "UPDATE ledger_payment SET state = 'paid'")

    assert answer.code == 1
    assert "permission denied" in answer.err


def test_flag_is_turned_and_audited(shop, tell):
    turned = tell("flag", "set", "strict", "on", "--reason", "Trying it", "--by", "ann@example.com", "--json").json
    shown = {flag["name"]: flag["on"] for flag in tell("flag", "list", "--json").json}
    tell("flag", "set", "strict", "off", "--reason", "Tried")

    assert (turned["on"], turned["was_on"]) == (True, False)
    assert shown["strict"]
    lines = shop.ask("SELECT by, data ->> 'reason' FROM core_audit WHERE act = 'flag.set' AND thing = 'strict'")
    assert ("ann@example.com", "Trying it") in lines


def test_unknown_flag_is_answered_with_the_flags(tell):
    answer = tell("flag", "set", "slow_track", "on", "--reason", "Why not")

    assert answer.code == 2
    assert "fast_track" in answer.err
