"""An intervention is closed by a recorded act, and by nothing else."""

from __future__ import annotations

import pytest

from tollkeeper.core.errors import Refusal
from tollkeeper.core.ids import new_id
from tollkeeper.payments.ledger.errors import NoSuchIntervention
from tollkeeper.payments.ledger.queries import open_interventions
from tollkeeper.payments.ledger.services import close_intervention
from tollkeeper.payments.ledger.settle import open_interventions as ask_for_a_person
from tollkeeper.payments.ledger.state import Trouble


@pytest.fixture
def waiting(connect):
    from tollkeeper.core.database import plain_cursor, till

    with connect() as connection, plain_cursor(connection) as cursor, till(cursor):
        ask_for_a_person(cursor, [("a digest", Trouble.UNKNOWN_REFERENCE)])
    (found,) = open_interventions()
    return found


def test_it_is_closed_by_saying_what_was_done(waiting, owner):
    close_intervention(waiting.id, by="staff@example.com", act="Found the payer and refunded.")

    assert open_interventions() == []
    assert owner.execute("SELECT act, thing, by FROM core_audit").fetchall() == [
        ("intervention.close", "a digest", "staff@example.com")
    ]
    assert owner.execute("SELECT count(*) FROM core_journal WHERE kind = 'intervention.closed'").fetchone() == (1,)


@pytest.mark.parametrize("act", ["", "   "])
def test_it_is_not_closed_by_silence(waiting, act):
    with pytest.raises(Refusal):
        close_intervention(waiting.id, by="staff@example.com", act=act)

    assert len(open_interventions()) == 1


def test_one_that_is_closed_or_never_was_cannot_be_closed(waiting):
    close_intervention(waiting.id, by="staff@example.com", act="Done.")

    for missing in (waiting.id, new_id()):
        with pytest.raises(NoSuchIntervention):
            close_intervention(missing, by="staff@example.com", act="Done again.")
