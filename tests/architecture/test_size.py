"""Budgets of size. The lists below may only get shorter: what is mended must leave them, and nothing joins them."""

from __future__ import annotations

from architecture import lints, tree

MOST_FILES = 15
ROOMS_PAST_THE_BUDGET = {"core": 20, "server": 19}
"""Room → its ceiling. The ground floor holds a file for each socket and unit; the server one for each process."""
PAST_THE_BUDGET: frozenset[str] = frozenset({"src/tollkeeper/server/supervisor.py::run"})
NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "tools", "lib"})


def test_functions_and_files_fit():
    found = {finding.split(" ")[0]: finding for path in tree.sources(tests=True) for finding in findings(path)}

    new = [text for name, text in found.items() if name not in PAST_THE_BUDGET]
    mended = PAST_THE_BUDGET - found.keys()

    assert new == [], "\n".join(new)
    assert not mended, f"{sorted(mended)}: within the budget now; take them off PAST_THE_BUDGET."


def test_rooms_fit():
    sizes = {tree.shown(room).removeprefix("src/tollkeeper/"): count(room) for room in rooms()}

    crowded = {room: size for room, size in sizes.items() if size > ROOMS_PAST_THE_BUDGET.get(room, MOST_FILES)}

    assert crowded == {}, f"{crowded}: more than {MOST_FILES} files. Divide the room by what it does."


def test_no_file_is_called_after_nothing():
    attics = [tree.shown(path) for path in tree.sources() if path.stem in NAMELESS]

    assert attics == [], f"{attics}: name the file for what it does."


def findings(path):
    return lints.too_large(path.read_text(), tree.shown(path))


def rooms():
    return [
        tree.PACKAGE,
        *(path.parent for path in tree.PACKAGE.rglob("__init__.py") if path.parent.name != "migrations"),
    ]


def count(room):
    return len([path for path in room.glob("*.py") if path.name != "__init__.py"])
