"""Nothing but the reducer moves a payment, and nothing but its fulfiller moves a grant."""

from __future__ import annotations

import re

from architecture import lints, tree

REDUCER = "tollkeeper.payments.ledger.reducer"


def test_python_has_one_door():
    found = [
        finding
        for path in tree.sources()
        if tree.module_of(path) != REDUCER and tree.STRANGER not in path.parts
        for finding in lints.second_doors(path.read_text(), tree.module_of(path))
    ]

    assert found == [], "\n".join(found)


def test_sql_has_one_door():
    found = [
        finding
        for path in tree.PACKAGE.rglob("*.sql")
        for finding in lints.second_statements(path.read_text(), str(path.relative_to(tree.PACKAGE)))
    ]

    assert found == [], "\n".join(found)


def test_door_is_where_the_lint_thinks_it_is():
    for table, owner in lints.OWNER.items():
        text = (tree.PACKAGE / owner).read_text()

        assert re.search(rf"(UPDATE|INSERT INTO) {table}\b", text)
        assert re.search(r"\bSET\b[^;]*\bstate = ", text)


def test_reducer_is_the_only_one_that_needs_the_door():
    assert list(lints.second_doors((tree.PACKAGE / "payments/ledger/reducer.py").read_text(), REDUCER))
