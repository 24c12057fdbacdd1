"""Each lint of ours lets a good example pass and stops a bad one; a lint that stops nothing proves nothing."""

from __future__ import annotations

import pytest

from architecture import lints

LEDGER, SETTLE = "tollkeeper.payments.ledger", "tollkeeper.payments.ledger.settle"
OWNERS = {
    "core_journal": "tollkeeper.core",
    "ledger_payment": LEDGER,
    "enrolments_grant": "tollkeeper.fulfilment.enrolments",
    "catalog_course": "tollkeeper.catalog",
}
LONG = "def act():\n" + "    pass\n" * 40
WIDE = "def act(a, b, c, d, *, e, f, g):\n    pass\n"
KEY = "k3yL1k3Thing" * 3


def strings(text):
    return list(lints.climbing_strings(text, SETTLE))


def doors(text):
    return list(lints.second_doors(text, SETTLE))


def moves(text):
    return list(lints.second_statements(text, "payments/ledger/sql/other.sql"))


def tables(text):
    return list(lints.foreign_tables(text, LEDGER, OWNERS))


def loose(text):
    return list(lints.loose_statements(text, SETTLE, OWNERS))


def sizes(text):
    return list(lints.too_large(text, "act.py"))


def unfit(text):
    return list(lints.unfit_to_commit(text, "note.md"))


GOOD = [
    (strings, 'SQL = statements("tollkeeper.payments.ledger")'),
    (strings, 'SQL = statements("tollkeeper.core")'),
    (strings, 'name = "tollkeeper.payments.gateways.ikhokha"'),
    (strings, 'name = "tollkeeper.nothing_of_that_name"'),
    (strings, 'run([sys.executable, "-m", "tollkeeper.cli.main", "serve"])'),
    (doors, "read = payment.state"),
    (doors, "class Light:\n    def turn(self):\n        self.state = 'on'"),
    (doors, "grow(facts, declined=True)"),
    (moves, "UPDATE ledger_poll SET asked = 1 FROM ledger_payment WHERE ledger_payment.state = 'open'"),
    (moves, "UPDATE ledger_payment SET changed_at = now()"),
    (tables, "SELECT 1 FROM ledger_payment"),
    (tables, "INSERT INTO ledger_payment SELECT 1 FROM core_journal"),
    (tables, "-- enrolments_grant is written by the fulfiller\nSELECT 1"),
    (loose, 'cursor.execute("SELECT 1 FROM ledger_payment")'),
    (loose, '"UPDATE nothing_of_ours SET a = 1"'),
    (sizes, "def act(a, b, c, d, *, e, f):\n" + "    pass\n" * 39),
    (sizes, "class Desk:\n    def act(self, a, b, c, d, e, f):\n        pass\n"),
    (unfit, "see https://shop.example.com/ and http://127.0.0.1:8000/"),
    (unfit, "the path /data/postgres, the token of a callback: 32 hexadecimal digits"),
    (unfit, 'secret = os.environ["SECRET"]; password = secrets.token_hex(16)'),
]
BAD = [
    (strings, 'name = "tollkeeper.fulfilment.enrolments.fulfiller"'),
    (strings, 'import_module("tollkeeper.payments.intake.gather.Gatherer")'),
    (strings, 'name = "tollkeeper.catalog.models"'),
    (strings, 'name = "tollkeeper.sandbox"'),
    (strings, 'load(["-c", "tollkeeper.cli.main"])'),
    (doors, "payment.state = 'paid'"),
    (doors, "payment.access += 'x'"),
    (doors, "setattr(payment, 'facts', {})"),
    (doors, "Payment.objects.filter(id=1).update(state='paid')"),
    (doors, "msgspec.structs.replace(payment, access='open')"),
    (moves, "UPDATE ledger_payment SET changed_at = now(), state = 'paid'"),
    (moves, "INSERT INTO enrolments_grant (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET state = 'open'"),
    (tables, "SELECT 1 FROM enrolments_grant"),
    (tables, "SELECT 1 FROM catalog_course"),
    (tables, "UPDATE core_journal SET kind = 'x'"),
    (loose, 'cursor.execute("UPDATE ledger_payment SET state = 1")'),
    (loose, 'cursor.execute("WITH a AS (SELECT 1) DELETE FROM core_journal")'),
    (sizes, LONG),
    (sizes, WIDE),
    (sizes, "x = 1\n" * 401),
    (unfit, "get it from https" + "://packages.evil-mirror.net/simple"),
    (unfit, "pip install --index-" + "url somewhere"),
    (unfit, "open('/" + "home/somebody/notes')"),
    (unfit, f'api_key = "{KEY}"'),
    (unfit, "-----BEGIN " + "PRIVATE KEY-----"),
]


@pytest.mark.parametrize(("lint", "text"), GOOD)
def test_good_example_passes(lint, text):
    assert lint(text) == []


@pytest.mark.parametrize(("lint", "text"), BAD)
def test_bad_example_is_found_and_told_how_to_mend_it(lint, text):
    (finding, *_) = lint(text)

    assert len(finding.split(". ")) > 1, "a finding says what is wrong, and then what to do"


def test_every_lint_has_both_examples():
    assert {lint for lint, _ in GOOD} == {lint for lint, _ in BAD}
