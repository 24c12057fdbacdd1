"""Writes what the reference pages repeat from the code, between the marks that name it.

`make docs` rewrites the pages; `python docs/generate.py --check` only tells which are stale, and the tests ask it that.
"""

# ruff: noqa: PLC0415  the house is imported only where Django is set up
from __future__ import annotations

import ast
import inspect
import os
import pkgutil
import re
import secrets
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

HERE = Path(__file__).resolve().parent
MARK = re.compile(r"(<!-- made from the code: (?P<name>[\w-]+) -->).*?(<!-- end -->)", re.DOTALL)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollkeeper.server.settings")
os.environ.setdefault("TOLLKEEPER_SECRET_KEY", secrets.token_urlsafe(32))


def main(arguments: list[str]) -> int:
    """Write, or with --check compare."""
    stale = [path for path, text in rewritten() if path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            sys.stdout.write(f"{path.relative_to(HERE.parent)} is older than the code; run make docs.\n")
        return int(bool(stale))
    for path, text in rewritten():
        path.write_text(text)
    return 0


def rewritten() -> Iterator[tuple[Path, str]]:
    """Every page that has a mark, with what belongs between its marks."""
    django.setup()
    for path in sorted(HERE.rglob("*.md")):
        text = path.read_text()
        if MARK.search(text):
            yield path, MARK.sub(lambda found: f"{found[1]}\n\n{PARTS[found['name']]().strip()}\n\n{found[3]}", text)


# Parts


def settings_table() -> str:
    """Every setting."""
    from tollkeeper.core.settings import PREFIX, Settings

    meaning = notes_of(Settings)
    rows = [
        (f"`{PREFIX}{name.upper()}`", _values(field), _default(field), meaning.get(name, ""))
        for name, field in Settings.model_fields.items()
    ]
    return table(("Setting", "Takes", "When left out", "Meaning"), rows)


def policies() -> str:
    """The confirmation policies."""
    from tollkeeper.core.settings import Policy

    return members(Policy, "Policy")


def environments() -> str:
    """What an instance is for."""
    from tollkeeper.core.settings import Environment

    return ", ".join(f"`{member.value}`" for member in Environment) + "."


def flags() -> str:
    """Every flag."""
    from tollkeeper.core.flags import DEFAULTS, MEANING

    rows = [(f"`{name}`", "on" if value else "off", MEANING[name]) for name, value in DEFAULTS.items()]
    return table(("Flag", "At first", "Meaning"), rows)


def state_diagram() -> str:
    """The transitions, drawn."""
    from tollkeeper.payments.ledger.state import TRANSITIONS

    moves = [f"    {one} --> {other}" for one, others in TRANSITIONS.items() for other in others]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> created", *moves, "```"])


def transitions() -> str:
    """The transitions, with their reasons."""
    from tollkeeper.payments.ledger.state import TRANSITIONS

    rows = [(f"`{a}`", f"`{b}`", why) for a, others in TRANSITIONS.items() for b, why in others.items()]
    return table(("From", "To", "When"), rows)


def payment_states() -> str:
    """The states of a payment."""
    from tollkeeper.payments.ledger.state import PaymentState

    return members(PaymentState, "State")


def access_states() -> str:
    """The states of access."""
    from tollkeeper.payments.ledger.state import Access

    return members(Access, "Access")


def evidence_kinds() -> str:
    """The kinds of evidence."""
    from tollkeeper.payments.ledger.state import Kind

    return members(Kind, "Evidence")


def facts() -> str:
    """How each fact grows."""
    from tollkeeper.payments.ledger.state import Facts

    meaning = notes_of(Facts)
    rows = [(f"`{name}`", meaning.get(name, "Once true, always.")) for name in Facts.__struct_fields__]
    return table(("Fact", "How it grows"), rows)


def troubles() -> str:
    """Why a person must look."""
    from tollkeeper.payments.ledger.settle import SUGGESTION

    rows = [(f"`{trouble}`", what, f"{hours} h") for trouble, (what, hours) in SUGGESTION.items()]
    return table(("Trouble", "What to do", "Within"), rows)


def errors() -> str:
    """Every error of ours."""
    from tollkeeper.core.errors import Fault, Refusal, TollkeeperError

    rows = []
    for error in sorted(_subclasses(TollkeeperError), key=lambda found: found.code):
        status = getattr(error, "http_status", "")
        whose = "fault" if issubclass(error, Fault) else "refusal" if issubclass(error, Refusal) else "either"
        rows.append((f"`{error.code}`", whose, status, _first_line(error), error.remedy))
    return table(("Code", "Kind", "HTTP", "What it says", "What to do"), rows)


def webhook_answers() -> str:
    """What a webhook is answered."""
    from tollkeeper.payments.gateways.contract import Reason
    from tollkeeper.payments.intake.app import _STATUS
    from tollkeeper.payments.intake.arrival import STATUS

    rows = [(f"`{answer}`", status) for answer, status in STATUS.items()]
    known = {str(answer) for answer in STATUS}
    rows += [(f"`{reason}`", _STATUS.get(reason, 400)) for reason in Reason if str(reason) not in known]
    return table(("Answer", "HTTP"), rows)


def journal_kinds() -> str:
    """What the journal says."""
    from tollkeeper.payments.ledger.state import Access, PaymentState

    rows = [(f"`payment.{state}`", f"A payment became {state}.") for state in PaymentState if state != "created"]
    rows += [(f"`access.{access}`", f"Access became {access}.") for access in Access if access != "none"]
    rows += [("`access.repaired`", "The standing proof found access missing and added it.")]
    rows += [
        ("`intervention.opened`", "A person must look."),
        ("`intervention.taken`", "A person became its owner."),
        ("`intervention.closed`", "A person said what was done."),
    ]
    return table(("Kind", "Published when"), rows)


def consumers() -> str:
    """Who reads the journal."""
    from tollkeeper.server.monitor import consumers as known

    return table(("Consumer", "What it does"), [(f"`{name}`", _first_line(effect)) for name, effect in known().items()])


def sockets() -> str:
    """What can be registered."""
    from tollkeeper.core.registry import Socket

    found: dict[str, str] = {}
    for module in _modules():
        source = Path(str(module.__file__)).read_text() if module.__file__ else ""
        for name, thing in vars(module).items():
            if isinstance(thing, Socket) and f"\n{name}: Socket[" in source:
                found[thing.name] = f"`{module.__name__}.{name}`"
    return table(
        ("Socket", "Where", "Entry point group"), [(n, w, f"`tollkeeper.{n}`") for n, w in sorted(found.items())]
    )


def checks() -> str:
    """Every check."""
    from tollkeeper.core.registry import checks as known
    from tollkeeper.server.rooms import furnish

    furnish()
    return table(("Check", "What it asks"), [(f"`{name}`", _first_line(check)) for name, check in known])


def commands() -> str:
    """Every command, with its arguments and options."""
    from tollkeeper.cli.reference import commands as known

    parts = []
    for command in known():
        rows = [(f"`{name}`", text) for name, text in command.options]
        options = table(("Option", "Meaning"), rows) if rows else ""
        parts.append(f"## tollkeeper {command.name}\n\n{command.help}\n\n    {command.usage}\n\n{options}".rstrip())
    return "\n\n".join(parts)


def exit_codes() -> str:
    """The exit codes."""
    from tollkeeper.cli.output import Exit

    meaning = {"DONE": "It is done.", "INTERRUPTED": "Somebody pressed Ctrl-C."} | notes_of(Exit)
    return table(("Code", "Meaning"), [(str(code.value), meaning[code.name]) for code in Exit])


def faults() -> str:
    """The sandbox's faults."""
    from tollkeeper.sandbox.chaos import FAULTS

    rows = [
        (f"`{name}`", fault.description, ", ".join(f"`{key}={value}`" for key, value in fault.parameters.items()))
        for name, fault in FAULTS.items()
    ]
    return table(("Fault", "What happens", "Parameters"), rows)


def tables() -> str:
    """The tables, and who may write them."""
    from django.apps import apps

    rows = []
    for config in apps.get_app_configs():
        if not config.name.startswith("tollkeeper."):
            continue
        till = getattr(config, "till_tables", ())
        for model in config.get_models():
            name = model._meta.db_table  # noqa: SLF001  Django's documented interface has no other way
            rows.append((f"`{name}`", _first_line(model), "the till" if name in till else "the application"))
    return table(("Table", "Holds", "Written by"), sorted(rows))


def database_roles() -> str:
    """The database's roles."""
    from tollkeeper.server.postgres.roles import APP, BACKUP, OWNER, REPORT, TILL

    rows = [
        (f"`{OWNER}`", "Owns the tables and migrates them. No serving process connects as this."),
        (f"`{APP}`", "The serving processes connect as this. It reads everything and cannot write the till's tables."),
        (f"`{TILL}`", "Nobody connects as this. `settle` takes it for its own statements and gives it back."),
        (f"`{REPORT}`", "For reports. It may connect; what it may read is granted by later releases."),
        (f"`{BACKUP}`", "For backups: reads everything, row-level security included."),
    ]
    return table(("Role", "For"), rows)


# Reading the code


def notes_of(cls: type) -> dict[str, str]:
    """Attribute → the docstring under it, as one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body  # type: ignore[attr-defined]
    found = {}
    for node, following in pairwise(body):
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        text = following.value if isinstance(following, ast.Expr) else None
        if isinstance(target, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str):
            found[target.id] = " ".join(text.value.split())
    return found


def members(kind: type[Enum], title: str) -> str:
    """An enumeration with the docstrings under its members."""
    meaning = notes_of(kind)
    return table((title, "Meaning"), [(f"`{member.value}`", meaning.get(member.name, "")) for member in kind])


def table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _values(field: Any) -> str:
    kind = field.annotation
    options = [one for one in getattr(kind, "__args__", (kind,)) if one is not type(None)]
    first = options[0] if options else kind
    if isinstance(first, type) and issubclass(first, Enum):
        return ", ".join(f"`{member.value}`" for member in first)
    limits = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "le", "gt") if hasattr(rule, name)
    }
    low = f"over {limits['gt']}" if "gt" in limits else str(limits.get("ge", ""))
    bounds = f" {low} to {limits['le']}" if "le" in limits else f" from {low}" if low else ""
    words = {"bool": "true or false", "int": "whole number", "float": "number", "SecretStr": "secret", "Path": "folder"}
    return words.get(getattr(first, "__name__", ""), "text") + bounds


def _default(field: Any) -> str:
    value = field.default
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{value.value if isinstance(value, Enum) else str(value).lower() if isinstance(value, bool) else value}`"


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _modules() -> Iterator[Any]:
    import tollkeeper

    for found in pkgutil.walk_packages(tollkeeper.__path__, "tollkeeper."):
        if not found.name.endswith("__main__") and not found.name.startswith("tollkeeper.sandbox"):
            yield import_module(found.name)


def _subclasses(base: type) -> set[Any]:
    list(_modules())
    found = {base}
    while fresh := {sub for one in found for sub in one.__subclasses__()} - found:
        found |= fresh
    return {one for one in found if one.__module__.startswith("tollkeeper.")}


PARTS: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "policies": policies,
    "environments": environments,
    "flags": flags,
    "state-diagram": state_diagram,
    "transitions": transitions,
    "payment-states": payment_states,
    "access-states": access_states,
    "evidence-kinds": evidence_kinds,
    "facts": facts,
    "troubles": troubles,
    "errors": errors,
    "webhook-answers": webhook_answers,
    "journal-kinds": journal_kinds,
    "consumers": consumers,
    "sockets": sockets,
    "checks": checks,
    "commands": commands,
    "exit-codes": exit_codes,
    "faults": faults,
    "tables": tables,
    "database-roles": database_roles,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
