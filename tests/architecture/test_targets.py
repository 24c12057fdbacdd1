"""Nothing falls between: whatever its marks, every test is in a target that the whole check calls."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from itertools import chain, combinations

import pytest
from _pytest.mark.expression import Expression

from architecture import tree

NARROWER = ("-k", "--deselect", "--ignore", "--ignore-glob", "--lf", "--ff", "--sw", "--maxfail", "-x")
Selects = Callable[[frozenset[str]], bool]


def recipes() -> dict[str, list[str]]:
    """Target → the lines of its recipe."""
    text = (tree.ROOT / "Makefile").read_text()
    found = re.findall(r"^([a-z-]+):[^=\n]*\n((?:\t.*\n)*)", text, re.MULTILINE)
    return {name: lines.splitlines() for name, lines in found}


def stages() -> list[str]:
    """The targets that the whole check calls."""
    return re.findall(r"^stage [\w-]+ \d+ make ([a-z-]+)$", (tree.ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def runs(target: str) -> Iterator[str]:
    """The lines by which a target starts pytest, those of the targets it calls included."""
    lines = recipes()
    for line in lines[target]:
        if "$(MAKE)" in line:
            for word in line.split():
                yield from runs(word) if word in lines else ()
        elif "-m pytest" in line:
            yield line.partition("-m pytest")[2]


def selection(line: str) -> Selects | None:
    """Which marks a run takes in; None if it is about some files, or picks by name."""
    words = shlex.split(line)
    if any(word.startswith((*NARROWER, "tests")) for word in words):
        return None
    if "-m" not in words:
        return lambda marks: True
    compiled = Expression.compile(words[words.index("-m") + 1])
    return lambda marks: compiled.evaluate(lambda name, /, **_: name in marks)


def marks() -> list[str]:
    """The marks of ours that a test may bear; pytest refuses all others."""
    options = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    assert "--strict-markers" in options["addopts"]
    assert not [word for word in shlex.split(options["addopts"]) if word.startswith((*NARROWER, "-m"))]
    return [line.partition(":")[0] for line in options["markers"]]


def fallen(lines: list[str]) -> list[tuple[str, ...]]:
    """Marks, together, with which a test would be in none of these runs."""
    taken = [selects for line in lines if (selects := selection(line)) is not None]
    together = chain.from_iterable(combinations(marks(), size) for size in range(len(marks()) + 1))
    return [some for some in together if not any(selects(frozenset(some)) for selects in taken)]


def test_every_test_is_run_by_the_whole_check():
    assert fallen([line for stage in stages() for line in runs(stage)]) == []


def test_every_mark_takes_a_test_out_of_make_test():
    (line,) = runs("test")
    selects = selection(line)

    assert selects(frozenset())
    assert [mark for mark in marks() if selects(frozenset({mark}))] == []


def test_stage_that_is_forgotten_is_missed():
    tested, pages = list(runs("test")), list(runs("prove-pages"))

    assert fallen(tested) == [("proof",), ("looks",), ("proof", "looks")]
    assert fallen([*tested, *pages]) == [("proof",), ("proof", "looks")]
    assert fallen([*tested, *pages, "-n auto tests/proofs -m proof"]) == [("proof",), ("proof", "looks")]
    assert fallen([*tested, *pages, "-n auto -m proof -k crash"]) == [("proof",), ("proof", "looks")]
    assert () in fallen(pages)


def test_minutes_of_all_stages_fit():
    text = (tree.ROOT / ".ci" / "run").read_text()

    minutes = [int(found) for found in re.findall(r"^stage [\w-]+ (\d+) ", text, re.MULTILINE)]

    assert minutes
    assert sum(minutes) <= int(re.search(r"TOTAL_MINUTES=(\d+)", text)[1])


@pytest.mark.parametrize(
    "folder", sorted(path for path in (tree.ROOT / "tests").iterdir() if path.is_dir()), ids=tree.shown
)
def test_every_file_with_tests_is_called_so(folder):
    named = [
        path for path in folder.rglob("*.py") if re.search(r"^(?:async )?def test_", path.read_text(), re.MULTILINE)
    ]

    assert [tree.shown(path) for path in named if not path.name.startswith("test_")] == []
