"""The documents are true: everything has its row, every path, command and link exists, and the generated is current."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from architecture import tree

DOCS = tree.ROOT / "docs"
PAGES = [
    tree.ROOT / "README.md",
    tree.ROOT / "ARCHITECTURE.md",
    tree.ROOT / "CHANGELOG.md",
    *sorted(DOCS.rglob("*.md")),
]
ROOM_PAGES = sorted(tree.PACKAGE.rglob("README.md"))
NOT_PATHS = re.compile(r"[<>{}…*|\s=:]|^/|^\.|//")
OUTSIDE = frozenset({"requirements/*.in", "data/", "/data"})


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text()


def test_generated_parts_are_current():
    answer = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=tree.ROOT, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_setting_has_its_row_and_a_meaning():
    from tollkeeper.core.settings import Settings

    rows = rows_of("settings")

    for name in Settings.model_fields:
        meaning = rows.get(f"TOLLKEEPER_{name.upper()}", [""])[-1]
        assert meaning, f"Write a sentence under {name} in core/settings.py, then run make docs."


def test_every_error_has_its_own_code_and_row():
    codes = re.findall(r"^\| `(\w+)`", reference("errors").split("## What a webhook")[0], re.MULTILINE)
    classes = [found for path in tree.sources() for found in codes_in(path.read_text())]

    assert set(classes) <= set(codes), f"{set(classes) - set(codes)}: run make docs."
    assert len(codes) == len(set(codes)), "Two errors share a code; scripts could not tell them apart."


def test_every_kind_that_is_published_has_its_row():
    rows = rows_of("journal")
    written = {kind for path in tree.sources() for kind in kinds_in(path.read_text())}

    assert written <= rows.keys(), f"{written - rows.keys()}: add it to journal_kinds in docs/generate.py."


def test_every_check_consumer_and_socket_has_its_row():
    from tollkeeper.core.registry import checks
    from tollkeeper.server.monitor import consumers

    assert {name for name, _ in checks} <= rows_of("checks").keys()
    assert consumers().keys() <= rows_of("journal").keys()
    assert {"fulfiller", "check", "exporter", "gateway", "run"} <= {name.split()[0] for name in rows_of("checks")}


def test_every_flag_and_fault_has_its_row():
    from tollkeeper.core.flags import DEFAULTS, MEANING

    assert DEFAULTS.keys() == MEANING.keys() <= rows_of("settings").keys()


def test_every_dependency_says_why_it_is_here():
    said = re.findall(r"^- ((?:`[\w.-]+`(?:, )?)+): \S", (DOCS / "dependencies.md").read_text(), re.MULTILINE)
    explained = {name.lower() for names in said for name in re.findall(r"`([\w.-]+)`", names)}
    lines = [
        line for kind in ("base", "dev") for line in (tree.ROOT / f"requirements/{kind}.in").read_text().splitlines()
    ]
    wanted = {found[0].lower() for line in lines if (found := re.match(r"[A-Za-z][\w.-]*", line))}

    assert wanted - explained == set(), "Say in docs/dependencies.md why it is here, in one line."
    assert explained - wanted == set(), "It is not required any more; take its line out of docs/dependencies.md."


@pytest.mark.parametrize("page", [*PAGES, *ROOM_PAGES], ids=tree.shown)
def test_links_resolve(page):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        if not target.startswith("http") and not (other.exists() and has_heading(other, anchor)):
            dead.append(target)

    assert dead == [], f"{tree.shown(page)} points to nothing: {dead}"


@pytest.mark.parametrize("page", [*PAGES, *ROOM_PAGES], ids=tree.shown)
def test_paths_and_targets_exist(page):
    text = without_generated(page.read_text())
    targets = set(re.findall(r"^([a-z-]+):", (tree.ROOT / "Makefile").read_text(), re.MULTILINE))
    missing = [
        f"make {name}" for name in re.findall(r"\bmake ([a-z][a-z-]+)\b`?", code_in(text)) if name not in targets
    ]
    missing += [name for name in paths_in(text) if not exists(name, page)]

    assert missing == [], f"{tree.shown(page)} names what is not there: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=tree.shown)
def test_commands_exist(page):
    known = command_words()
    code = code_in(without_generated(page.read_text()))
    printed = re.findall(r"(?:\.venv/bin/|\b)tollkeeper ([a-z]+(?![.\w])[^`\n]*)", code)
    wrong = [line for line in printed if not any(is_command(form, known) for form in (line, line.replace(":", " ", 1)))]

    assert wrong == [], f"{tree.shown(page)} prints commands that do not exist: {wrong}"


def test_every_room_has_a_page_of_about_ten_lines():
    rooms = {path.parent for path in tree.PACKAGE.rglob("__init__.py")} - {tree.PACKAGE}
    rooms = {room for room in rooms if room.name not in {"migrations", "templatetags", "postgres", "acts"}}
    without = [tree.shown(room) for room in rooms if not (room / "README.md").is_file()]
    long = [tree.shown(page) for page in ROOM_PAGES if len(page.read_text().splitlines()) > 15]

    assert without == [], f"{without}: ten lines: what, what not, the first file to read."
    assert long == [], f"{long}: ten lines; the rest belongs into docs."


def test_architecture_fits_on_a_page_and_names_every_room():
    text = (tree.ROOT / "ARCHITECTURE.md").read_text()
    rooms = [path.parent for path in tree.PACKAGE.glob("*/__init__.py")]

    assert len(text.splitlines()) <= 120
    assert [room.name for room in rooms if f"src/tollkeeper/{room.name}/" not in text] == []


def test_every_decision_says_what_enforces_it():
    for page in sorted((DOCS / "decisions").glob("0*.md")):
        text = page.read_text()
        parts = [
            part
            for part in ("Context", "Decision", "Consequences", "Alternatives", "Enforced by")
            if f"**{part}" in text
        ]
        assert len(parts) == 5, f"{tree.shown(page)} has {parts}"
        assert page.name in (DOCS / "decisions" / "README.md").read_text()


def test_settings_in_documents_exist():
    from tollkeeper.core.settings import Settings

    known = {f"TOLLKEEPER_{name.upper()}" for name in Settings.model_fields}
    known |= {"TOLLKEEPER_OWNER_DATABASE_URL", "TOLLKEEPER_TEST_POSTGRES"}
    named = {
        name.removesuffix("_FILE")
        for page in PAGES
        for name in re.findall(r"TOLLKEEPER_[A-Z_]+[A-Z]", page.read_text())
    }

    assert named - known == set(), "These settings do not exist."


def test_lints_of_documents_find_what_is_wrong(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[a](nowhere.md) `src/tollkeeper/nowhere.py`\n\n    tollkeeper no-such-group verb\n")

    with pytest.raises(AssertionError, match=r"nowhere\.md"):
        test_links_resolve(page)
    with pytest.raises(AssertionError, match=r"nowhere\.py"):
        test_paths_and_targets_exist(page)
    with pytest.raises(AssertionError, match="no-such-group"):
        test_commands_exist(page)


def rows_of(name: str) -> dict[str, list[str]]:
    lines = [line for line in reference(name).splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {row[0].strip("`"): row for row in cells}


def codes_in(source: str) -> list[str]:
    """The codes of the errors that a file defines."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    given = [one for found in classes for one in found.body if isinstance(one, ast.Assign)]
    codes = [one.value for one in given if ast.unparse(one.targets[0]) == "code"]
    return [one.value for one in codes if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def kinds_in(source: str) -> list[str]:
    """What looks like a journal kind in a file that publishes."""
    if "journal.publish(" not in source:
        return []
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", text)]


def has_heading(page: Path, anchor: str) -> bool:
    if not anchor:
        return True
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def without_generated(text: str) -> str:
    return re.sub(r"<!-- made from the code.*?<!-- end -->", "", text, flags=re.DOTALL)


def code_in(text: str) -> str:
    """Inline code and indented blocks."""
    return "\n".join(re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4,}(.+)$", text, re.MULTILINE))


def paths_in(text: str) -> list[str]:
    """What stands in backticks and looks like a file or folder of ours."""
    found = re.findall(r"`([^`\n]+)`", text)
    paths = [
        name
        for name in found
        if re.search(r"\.(py|sql|md|toml|in|txt|html|js)$|/$", name) and not NOT_PATHS.search(name)
    ]
    return [name for name in paths if name not in OUTSIDE]


def exists(name: str, page: Path) -> bool:
    bases = [tree.ROOT, tree.PACKAGE, page.parent, DOCS]
    if page.name == "ARCHITECTURE.md" or page.parent.is_relative_to(tree.PACKAGE):
        bases += [room.parent for room in tree.PACKAGE.rglob("__init__.py")]
    if any((base / name).exists() for base in bases):
        return True
    return "/" not in name.rstrip("/") and any(tree.PACKAGE.rglob(name.rstrip("/")))


def is_command(line: str, known: set[str]) -> bool:
    return any(f"{line} ".startswith(f"{path} ") for path in known)


def command_words() -> set[str]:
    headings = re.findall(r"^## tollkeeper (.+)$", reference("cli"), re.MULTILINE)
    return set(headings)
