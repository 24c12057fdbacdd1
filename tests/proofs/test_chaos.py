from __future__ import annotations

import msgspec
import pytest

from tollkeeper.core.settings import Policy
from tollkeeper.proofs.chaos import run
from tollkeeper.proofs.chaos_table import TABLE, End, Row
from tollkeeper.sandbox.chaos import FAULTS, Setting, checked

FEW = [row for row in TABLE if row.name in ("every webhook is lost", "status: 500", "status says unpaid after SUCCESS")]
HONEST = Row("nothing is wrong", {}, dict.fromkeys(Policy, End.ASKED), seconds=1.0)


@pytest.mark.proof
def test_every_payer_gets_access_and_nobody_else():
    report = run(rows=FEW, policies=[Policy.STRICT], announce=lambda sentence: None)

    assert report.passed, "\n".join(report.lines())
    assert [cell.opened for cell in report.cells] == [3, 3, 0, 9]


@pytest.mark.proof
def test_cell_that_ends_otherwise_is_told(open_folder):
    report = run(rows=[HONEST], policies=[Policy.INSTANT], payers=1, announce=lambda sentence: None, folder=open_folder)

    assert not report.passed
    assert "contradicted, and the payment is paid, access open" in report.wrong[0]


def test_table_has_every_fault_of_the_sandbox():
    named = {fault for row in TABLE for fault in row.faults}

    assert named == set(FAULTS)


def test_sandbox_understands_the_table():
    for row in TABLE:
        checked(msgspec.convert(row.faults, dict[str, Setting]))


def test_every_row_says_what_must_come_of_it_under_every_policy():
    assert [row.name for row in TABLE if set(row.ends) != set(Policy)] == []
    assert len({row.name for row in TABLE}) == len(TABLE)
