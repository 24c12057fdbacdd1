"""What must never be committed, and what must never have a default."""

from __future__ import annotations

import re

from pydantic import SecretStr

from architecture import lints, tree
from tollkeeper.core.settings import Settings

NOT_PROSE = frozenset({"requirements/base.txt", "requirements/dev.txt"})


def test_nothing_unfit_is_committed():
    found = [
        finding
        for path in tree.tracked()
        if not lints.is_vector(name := tree.shown(path))
        for finding in lints.unfit_to_commit(path.read_text(encoding="utf-8"), name)
    ]

    assert found == [], "\n".join(found)


def test_requirements_hold_names_and_hashes_alone():
    for name in NOT_PROSE:
        strange = [
            line
            for line in (tree.ROOT / name).read_text().splitlines()
            if not re.match(r"\s*(#.*|[\w.\[\],-]+==[\w.]+.*|--hash=sha256:[0-9a-f]{64}.*|)$", line)
        ]

        assert strange == [], f"{name}: {strange}. A lock that names an index works nowhere else."


def test_no_secret_has_a_default():
    fields = Settings.model_fields.items()
    secret = [name for name, field in fields if SecretStr in getattr(field.annotation, "__args__", ())]

    assert {"secret_key", "database_url", "ikhokha_app_secret"} <= set(secret)
    assert {Settings.model_fields[name].default for name in secret} == {None}


def test_secrets_are_typed_as_secrets():
    telling = re.compile(r"secret|password|token")
    bare = [
        name
        for name, field in Settings.model_fields.items()
        if telling.search(name) and field.annotation is not bool and "SecretStr" not in str(field.annotation)
    ]

    assert bare == [], f"{bare}: make it a SecretStr, whose repr is asterisks."
