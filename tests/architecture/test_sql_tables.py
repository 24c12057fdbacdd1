"""SQL keeps to its room: it reads its own tables and those below, and writes its own alone."""

from __future__ import annotations

import re

from architecture import lints, tree


def statements():
    for path in sorted(tree.PACKAGE.rglob("sql/*.sql")):
        yield path, tree.module_of(path.parent.parent / "__init__.py")


def owners() -> dict[str, str]:
    """Table → the room whose migrations make it."""
    from django.apps import apps

    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        if not config.name.startswith("tollkeeper."):
            continue
        found |= {model._meta.db_table: config.name for model in config.get_models()}
        folder = tree.PACKAGE.parent.joinpath(*config.name.split(".")) / "migrations"
        for path in folder.glob("0*.py"):
            found |= dict.fromkeys(re.findall(r"CREATE TABLE (\w+)", path.read_text()), config.name)
    return found


def test_no_statement_leaves_its_room():
    tables = owners()

    found = [
        f"{tree.shown(path)}: {finding}"
        for path, room in statements()
        for finding in lints.foreign_tables(path.read_text(), room, tables)
    ]

    assert found == [], "\n".join(found)


def test_nothing_is_written_from_a_string():
    tables = owners()

    found = [
        finding
        for path in tree.sources()
        if not {"proofs", *tree.SQL_WITH_ITS_OWN_STORE} & set(path.relative_to(tree.PACKAGE).parts)
        for finding in lints.loose_statements(path.read_text(), tree.module_of(path), tables)
    ]

    assert found == [], "\n".join(found)


def test_every_statement_says_what_it_does_and_what_it_leans_on():
    silent = [
        tree.shown(path)
        for path, _ in statements()
        if not re.match(r"-- [A-Z].*\.\n(-- .*\n)*-- Leans on: ", path.read_text())
    ]

    assert silent == [], f"{silent}: first line a sentence, then the index or constraint after `-- Leans on:`."


def test_tables_are_known():
    assert {"core_journal", "core_consumer", "ledger_payment", "ledger_evidence", "enrolments_grant"} <= owners().keys()
