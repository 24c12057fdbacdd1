"""The repository as the architecture's tests see it: its files, its rooms, and which room stands above which."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "tollkeeper"
STRANGER = "sandbox"
PICTURES = frozenset({".png", ".jpg", ".ico", ".woff2", ".pdf"})
SQL_WITH_ITS_OWN_STORE = frozenset({STRANGER})


def sources(*, tests: bool = False) -> Iterator[Path]:
    """Our Python files; migrations are read by tests of their own."""
    folders = (PACKAGE, ROOT / "tests") if tests else (PACKAGE,)
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def tracked() -> list[Path]:
    """Every file that a commit holds or is about to, without pictures."""
    paths = (ROOT / name for name in _listed_by_git() or _listed_by_us())
    return [path for path in paths if path.is_file() and path.suffix not in PICTURES]


def _listed_by_git() -> list[str]:
    if shutil.which("git") is None:
        return []
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


def _listed_by_us() -> list[str]:
    """The same without git, which a machine that only builds need not have."""
    ignored = {".git", *(line.strip("/*\n") for line in (ROOT / ".gitignore").read_text().splitlines())}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".mo")
    return [str(path) for path in found if not any(part in ignored for part in path.parts)]


def shown(path: Path) -> str:
    """A path as messages name it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def contracts() -> configparser.ConfigParser:
    """The import contracts."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


@cache
def ranks() -> dict[str, int]:
    """Room → height in the house; siblings share one. The stranger stands outside."""
    found: dict[str, int] = {}
    for height, layer in enumerate(reversed(_layers("importlinter:contract:house"))):
        found |= dict.fromkeys(layer, height)
    return found


@cache
def ranks_in_payments() -> dict[str, int]:
    """The same inside `payments`."""
    found: dict[str, int] = {}
    for height, layer in enumerate(reversed(_layers("importlinter:contract:payments"))):
        found |= dict.fromkeys(layer, height)
    return found


def climbs(from_module: str, to_module: str) -> bool:
    """Whether something in one module, naming another by string, names a room above it or beside it."""
    room, target = _parts(from_module), _parts(to_module)
    if room[0] == target[0] == "payments" and len(target) > 1 and room[1:2] != target[1:2]:
        inside = ranks_in_payments()
        return inside.get(target[1], 0) >= inside.get(room[1], 99)
    if room[0] == target[0]:
        return False
    if STRANGER in (room[0], target[0]):
        return room[0] not in {"server", "proofs", "cli"}
    return ranks()[target[0]] >= ranks()[room[0]]


def module_of(path: Path) -> str:
    """A file's dotted name."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def exists(module: str) -> bool:
    """Whether a dotted name is a module of ours."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _parts(module: str) -> list[str]:
    return module.split(".")[1:] or ["cli"]


def _layers(section: str) -> list[list[str]]:
    lines = contracts()[section]["layers"].split("\n")
    return [re.findall(r"\w+", line) for line in lines if line.strip()]
