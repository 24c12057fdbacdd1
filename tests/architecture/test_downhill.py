"""Foreign keys and migrations run downhill too: a key names its target in a string, which import contracts miss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from architecture import tree

Edge = tuple[str, str, str]
"""What it is, the room it comes from, the room it points to."""


def test_no_relation_climbs():
    found = climbing(relations())

    assert found == [], f"{found}: keep the id as a plain column, and let the room above ask."


def test_no_migration_waits_for_a_room_above():
    found = climbing(migration_parents())

    assert found == [], f"{found}: move the table down, or drop the foreign key that makes the dependency."


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (("ledger.Payment.person", "tollkeeper.payments.ledger", "tollkeeper.accounts"), False),
        (("ledger.Payment.course", "tollkeeper.payments.ledger", "tollkeeper.catalog"), True),
        (("accounts.Person.grant", "tollkeeper.accounts", "tollkeeper.fulfilment.enrolments"), True),
    ],
)
def test_climbing_edge_is_found(edge, expected):
    assert bool(climbing([edge])) is expected


def test_there_is_something_to_look_at():
    assert len(list(relations())) > 5
    assert len(list(migration_parents())) > 3


def climbing(edges: Iterable[Edge]) -> list[str]:
    return [
        f"{name} points from {room} up to {target}"
        for name, room, target in edges
        if room != target and tree.climbs(room, target)
    ]


def relations() -> Iterable[Edge]:
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model:
                yield from _edge(f"{model._meta.label}.{field.name}", model._meta.app_label, field.related_model)


def migration_parents() -> Iterable[Edge]:
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    for (label, name), node in MigrationLoader(None).graph.node_map.items():
        for parent in node.parents:
            room, target = apps.get_app_config(label).name, apps.get_app_config(parent.key[0]).name
            if room.startswith("tollkeeper") and target.startswith("tollkeeper"):
                yield f"{label}.{name}", room, target


def _edge(name: str, label: str, related: Any) -> Iterable[Edge]:
    from django.apps import apps

    room, target = apps.get_app_config(label).name, apps.get_app_config(related._meta.app_label).name
    if room.startswith("tollkeeper") and target.startswith("tollkeeper"):
        yield name, room, target
