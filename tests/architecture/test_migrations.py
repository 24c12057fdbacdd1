"""Migrations say in their names what they may do, and together they are the models' tables: no more, no less."""

from __future__ import annotations

import re

import pytest

from architecture import tree

MADE_BY_OTHERS = re.compile(r"^(django_|auth_|procrastinate_)")
PARTITION = re.compile(r"_(\d{4}_\d{2}|default)$")
WITHOUT_MODEL = frozenset({"core_consumer"})
"""Tables that only SQL of our own looks at."""


def files():
    return [path for path in tree.PACKAGE.rglob("migrations/*.py") if path.name != "__init__.py"]


def test_names_say_expand_or_contract():
    wrong = [tree.shown(path) for path in files() if not re.fullmatch(r"\d{4}_(expand|contract)_[a-z_]+", path.stem)]

    assert wrong == [], f"{wrong}: a migration is NNNN_expand_… or, a release later, NNNN_contract_…"


def test_numbers_run_without_gaps():
    for folder in {path.parent for path in files()}:
        numbers = sorted(int(path.name[:4]) for path in folder.glob("[0-9]*.py"))

        assert numbers == list(range(1, len(numbers) + 1)), f"{tree.shown(folder)}: {numbers}"


def test_no_migration_is_missing():
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)
    ours = {label for label in changes if apps.get_app_config(label).name.startswith("tollkeeper.")}

    assert ours == set(), f"The models of {sorted(ours)} changed without a migration: python -m django makemigrations."


def test_every_model_finds_its_columns(owner):
    for model in models():
        have = columns(owner, model._meta.db_table)
        want = {field.column for field in model._meta.local_concrete_fields if field.column}

        assert want == have, f"{model._meta.db_table}: the model and the migrated table differ."


def test_every_table_has_a_model(owner):
    rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    known = {model._meta.db_table for model in models()} | WITHOUT_MODEL

    strays = {name for (name,) in rows if not MADE_BY_OTHERS.match(name) and not PARTITION.search(name)} - known

    assert strays == set(), f"{strays}: add a model (managed = False where SQL owns it), so that people can look."


@pytest.mark.parametrize("word", ["models", "services", "queries"])
def test_no_migration_imports_what_changes_under_it(word):
    found = [tree.shown(path) for path in files() if re.search(rf"from tollkeeper\S*\.{word}\b", path.read_text())]

    assert found == [], f"{found}: write the values down; the migration must do tomorrow what it does today."


def models():
    from django.apps import apps

    for config in apps.get_app_configs():
        if config.name.startswith("tollkeeper."):
            yield from config.get_models(include_auto_created=True)


def columns(owner, table):
    rows = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", (table,)
    )
    return {name for (name,) in rows.fetchall()}
