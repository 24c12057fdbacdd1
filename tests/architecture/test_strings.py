"""A module named in a string climbs as little as an imported one."""

from __future__ import annotations

from architecture import lints, tree


def test_no_string_names_a_room_above():
    found = [
        finding for path in tree.sources() for finding in lints.climbing_strings(path.read_text(), tree.module_of(path))
    ]

    assert found == [], "\n".join(found)
