"""The states are written down in three places, and the table in `payments.ledger.state` is the first of them."""

from __future__ import annotations

import pytest

from tollkeeper.payments.ledger.state import TRANSITIONS, Access, PaymentState, Trouble

GRANTED = frozenset(Access) - {Access.NONE, Access.ELSEWHERE}
"""A payment without access, or whose order another one opened, has no grant of its own."""


@pytest.mark.parametrize(
    ("app", "model", "constraint", "members"),
    [
        ("ledger", "payment", "ledger_payment_state_check", frozenset(PaymentState)),
        ("ledger", "payment", "ledger_payment_access_check", frozenset(Access)),
        ("ledger", "intervention", "ledger_intervention_trouble_check", frozenset(Trouble)),
        ("enrolments", "grant", "enrolments_grant_state_check", GRANTED),
    ],
)
def test_database_stores_exactly_these_states(app, model, constraint, members):
    assert allowed_by(app, model, constraint) == {member.value for member in members}, (
        f"{constraint} and the Python members differ: write an expand migration that replaces the constraint."
    )


def test_every_state_has_its_row():
    assert TRANSITIONS.keys() == set(PaymentState)


def test_every_state_can_be_reached():
    reached = {target for targets in TRANSITIONS.values() for target in targets}

    assert reached >= set(PaymentState) - {PaymentState.CREATED}


def test_money_that_came_is_never_given_up():
    gone = {PaymentState.EXPIRED, PaymentState.CANCELLED, PaymentState.ATTEMPT_FAILED, PaymentState.OPEN}

    assert gone.isdisjoint(TRANSITIONS[PaymentState.PAID])


def allowed_by(app: str, model: str, constraint: str) -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    options = MigrationLoader(None).project_state().models[app, model].options
    (found,) = [one for one in options["constraints"] if one.name == constraint]
    ((_, values),) = found.condition.children
    return set(values)
