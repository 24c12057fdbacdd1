"""Our own lints. Each takes text and answers with sentences that name the remedy; each is tried on a good and a bad
example in `test_lints.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from architecture import tree

GOVERNED = ("state", "access", "facts")
OWNER = {
    "ledger_payment": "payments/ledger/sql/record.sql",
    "enrolments_grant": "fulfilment/enrolments/sql/upsert_grants.sql",
}
"""Governed table → the one statement that may move its state."""

LONGEST_FUNCTION = 40
LONGEST_FILE = 400
MOST_PARAMETERS = 6

_WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM|TRUNCATE)\s+\"?(\w+)", re.IGNORECASE)
_STATEMENT = re.compile(r"^\s*(?:--.*\n\s*)*(?:INSERT|UPDATE|DELETE|WITH|TRUNCATE)\b", re.IGNORECASE)
Finding = Iterator[str]


class Function(NamedTuple):
    """A function's name with its class, and its measures."""

    name: str
    lines: int
    parameters: int


# Strings that name code


def climbing_strings(source: str, module: str) -> Finding:
    """String literals that name a module above: the import contracts cannot see them.

    What follows `-m` is another process, which is reached by its behaviour and not by its code.
    """
    tree_of_it = ast.parse(source)
    processes = {id(started) for node in ast.walk(tree_of_it) for started in _after_dash_m(node)}
    for node in ast.walk(tree_of_it):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in processes:
            continue
        if re.fullmatch(r"tollkeeper(\.\w+)+", node.value) and _names_above(module, node.value):
            yield (
                f"{module}, line {node.lineno}: the string {node.value!r} names a room above or beside this one, where "
                "import-linter cannot see it. Offer the thing in core.registry, or move the caller up."
            )


def _after_dash_m(node: ast.AST) -> Iterator[ast.expr]:
    words = node.elts if isinstance(node, ast.List | ast.Tuple) else node.args if isinstance(node, ast.Call) else []
    for word, following in pairwise(words):
        if isinstance(word, ast.Constant) and word.value == "-m":
            yield following


def _names_above(module: str, name: str) -> bool:
    while name != "tollkeeper" and not tree.exists(name):
        name = name.rpartition(".")[0]
    return name != "tollkeeper" and tree.climbs(module, name)


# One door to what is governed


def second_doors(source: str, module: str) -> Finding:
    """Python that moves a governed state outside the reducer."""
    for node in ast.walk(ast.parse(source)):
        for door in _doors(node):
            line = getattr(node, "lineno", 0)
            yield (
                f"{module}, line {line}: {door}. A payment's state, access and facts are moved by the reducer alone. "
                "Bring evidence to payments.ledger.settle."
            )


def _doors(node: ast.AST) -> Finding:
    match node:
        case ast.Assign(targets=targets):
            yield from (f"it assigns {ast.unparse(target)}" for target in targets if _governed_target(target))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) if _governed_target(target):
            yield f"it assigns {ast.unparse(target)}"
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]) if name in GOVERNED:
            yield f"it sets {name} by setattr"
        case ast.Call(func=function, keywords=keywords):
            called = ast.unparse(function).rpartition(".")[2]
            named = [keyword.arg for keyword in keywords if keyword.arg in GOVERNED]
            if called in {"update", "replace", "grow", "bulk_create", "update_or_create"} and named:
                yield f"it calls {called}({named[0]}=…)"
        case _:
            pass


def _governed_target(target: ast.expr) -> bool:
    """`self.state = …` is some object's own business; governed models refuse to save, and structs are frozen."""
    if not isinstance(target, ast.Attribute) or target.attr not in GOVERNED:
        return False
    return not (isinstance(target.value, ast.Name) and target.value.id == "self")


def second_statements(sql: str, name: str) -> Finding:
    """SQL that moves a governed state outside its one statement."""
    for table, owner in OWNER.items():
        if name == owner or not re.search(rf"\b{table}\b", sql):
            continue
        moved = re.search(rf"\bSET\b[^;]*?\b({'|'.join(GOVERNED)})\s*=", sql, re.IGNORECASE)
        if moved and table in _WRITES.findall(sql):
            yield (
                f"{name}: it sets {moved[1]} of {table}. Only {owner} does that, from what the reducer found: bring "
                "evidence to payments.ledger.settle."
            )


# Tables


def foreign_tables(sql: str, module: str, owners: Mapping[str, str]) -> Finding:
    """SQL that reads a table of a room above, or writes one of another room.

    Args:
        sql: a statement.
        module: whose it is.
        owners: table → the room that made it.
    """
    bare = re.sub(r"--.*", "", sql)
    written = set(_WRITES.findall(bare))
    for table in sorted(set(re.findall(r"\w+", bare)) & owners.keys()):
        owner = owners[table]
        if tree.climbs(module, owner):
            yield f"{module}: {table} belongs to {owner}, above it. Take what is needed as a parameter."
        elif table in written and owner != module and not module.startswith("tollkeeper.proofs"):
            yield f"{module}: it writes {table}, which belongs to {owner}. Call that room's service, or publish."


def loose_statements(source: str, module: str, owners: Mapping[str, str]) -> Finding:
    """Writing SQL in a Python string instead of a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.match(node.value):
            written = set(_WRITES.findall(node.value)) & owners.keys()
            if written:
                yield (
                    f"{module}, line {node.lineno}: it writes {', '.join(sorted(written))} from a string. Put the "
                    "statement into a file of its own in the room's sql folder; tests/sql looks at those."
                )


# Size


def functions(source: str) -> Iterator[Function]:
    """Every function of a file, methods under their class."""
    yield from _functions(ast.parse(source), "")


def _functions(node: ast.AST, prefix: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = child.args
            taken = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            own = [argument for argument in taken if argument.arg not in {"self", "cls"}]
            yield Function(prefix + child.name, (child.end_lineno or 0) - child.lineno + 1, len(own))
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def too_large(source: str, name: str) -> Finding:
    """Functions and files past the budget."""
    for function in functions(source):
        where = f"{name}::{function.name}"
        if function.lines > LONGEST_FUNCTION:
            yield f"{where} has {function.lines} lines; {LONGEST_FUNCTION} fit a screen. Give its stages names."
        if function.parameters > MOST_PARAMETERS:
            yield f"{where} takes {function.parameters} parameters. Put those that travel together into a dataclass."
    lines = source.count("\n") + 1
    if lines > LONGEST_FILE:
        yield f"{name} has {lines} lines. Split it by act, into files named for what they do."


# What must never land

KNOWN_HOSTS = re.compile(
    r"(?:.+\.)?(?:example\.com|example\.org|example|test|invalid|localhost)|localhost|shop|127\.[\d.]+|0\.0\.0\.0|"
    r"(?:api|securepay|dashboard|developer)\.ikhokha\.(?:com|red)|www\.w3\.org|user|host|address|\[?::1\]?|"
    r"\d+|10\.0\.0\.1|169\.254\.\d+\.\d+|127\.0\.0\.1\.example\.com|github\.com|keepachangelog\.com|docs\.djangoproject\.com"
)
"""Addresses that may be written down. A package index is found by pip itself, from the machine's own settings."""

_URL_HOST = re.compile(r"https?://(?:[^\s/@\"'`<>{}()]*@)?([A-Za-z0-9][\w.\-]*|\[[0-9a-f:]+\])")
_INDEX_OPTION = re.compile(r"--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host|PIP_INDEX[_]URL")
_MACHINE_PATH = re.compile(r"(?<![\w.>~*])/(?:root|home|Users|work|scratch|tmp/bash\w*)/\w")
_KEYS = re.compile(
    r"AKIA[0-9A-Z]{16}|\b[sr]k_(?:live|test)_\w{8}|\bgh[pousr]_\w{20}|\bxox[abprs]-\w|-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"(?i:(?:secret|password|token|api_?key)[\"']?\s*(?::\s*str\s*)?[:=]\s*[\"'](?=[^\"'\s]*\d)[\w+/=.\-]{16,}[\"'])"
)


def unfit_to_commit(text: str, name: str) -> Finding:
    """Addresses of package indexes, paths of a machine, and what looks like a key."""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}, line {number}"
        for host in _URL_HOST.findall(line):
            if not KNOWN_HOSTS.fullmatch(host):
                yield f"{where} names the host {host}. Leave it out, or add it to KNOWN_HOSTS with a reason."
        if _INDEX_OPTION.search(line):
            yield f"{where} chooses a package index. pip reads the machine's own settings; leave it out."
        if _MACHINE_PATH.search(line):
            yield f"{where} holds a path of somebody's machine. Derive it from __file__ or a setting."
        if _KEYS.search(line):
            yield f"{where} looks like a key. Make a random one where it is used, or read it from the environment."


def is_vector(name: str) -> bool:
    """Files whose keys are a published contract's test vectors."""
    return PurePosixPath(name).name == "test_vectors.py" or "gateways" in PurePosixPath(name).parts
