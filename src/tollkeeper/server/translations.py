"""Customers' words in every language: compiled when they changed, extracted to see that none is missing.

`python -m tollkeeper.server.translations` compiles; with `update` it first brings the `.po` files up to date with the
source. Babel does both, so that no gettext programs need be on the machine.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tollkeeper.core.settings import settings

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "locale"
LANGUAGES = ("pl", "uk")
"""Besides English, which the source is written in."""

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Tollkeeper\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
"""No names and no dates: who wrote what and when is in the history."""


def po_file(language: str) -> Path:
    """Where a language's strings are written."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def compile_stale(into: Path) -> list[Path]:
    """Compile every catalogue that is newer than its compiled form.

    Args:
        into: the folder for `<language>/LC_MESSAGES/django.mo`; the program's own may not be ours to write.

    Returns:
        The `.mo` files that were written.
    """
    written = []
    for language in LANGUAGES:
        source = po_file(language)
        target = into / language / "LC_MESSAGES" / "django.mo"
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        with partial.open("wb") as file:
            write_mo(file, read(language))
        partial.replace(target)  # a process that starts meanwhile sees the old file or the new, never half
        written.append(target)
    return written


def read(language: str) -> Catalog:
    """A language's catalogue as written."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def extracted() -> Catalog:
    """Every string of the package that a customer can see."""
    found = Catalog(charset="utf-8")
    for path in _sources():
        origin = path.relative_to(PACKAGE).as_posix()
        for _line, words, comments, context in _strings_of(path):
            found.add(words, locations=[(origin, 0)], auto_comments=comments, context=context)
    return found


def faults(wanted: Catalog, catalogue: Catalog) -> list[str]:
    """What keeps a catalogue from being complete, one sentence each; empty when all is well."""
    found = []
    for message in wanted:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        translated = catalogue.get(name, message.context)
        if translated is None:
            found.append(f"missing: {name!r}")
        else:
            found.extend(f"{fault}: {name!r}" for fault in _faults_of(translated, catalogue.num_plurals))
    return found


def update() -> None:
    """Bring the `.po` files up to date with the source; new strings come in empty, old ones go."""
    wanted = extracted()
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        body = BytesIO()
        write_po(body, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False)
        head = HEADER.format(language=language, plurals=catalogue.plural_forms)
        po_file(language).write_text(head + body.getvalue().decode(), encoding="utf-8")


def _sources() -> Iterator[Path]:
    yield from sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
    yield from sorted(
        path for path in PACKAGE.rglob("*") if path.suffix in {".html", ".txt"} and "templates" in path.parts
    )


def _strings_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What templatize leaves is Python enough to read, but for its indentation.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return extract("python", BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})


def _faults_of(message: Message, plurals: int) -> Iterator[str]:
    singular = isinstance(message.id, str)
    given = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield "fuzzy"
    if len(given) != (1 if singular else plurals) or not all(given):
        yield "not translated in every form"
        return
    expected = set(PLACEHOLDER.findall(message.id if isinstance(message.id, str) else message.id[1]))
    if any(set(PLACEHOLDER.findall(text)) != expected for text in given):
        yield "other placeholders than the original"


def main(arguments: list[str]) -> int:
    """The command: compile, after an update if asked; says what is missing."""
    if arguments == ["update"]:
        update()
    elif arguments:
        sys.stderr.write("Say nothing to compile, or `update` to bring the .po files up to date first.\n")
        return 2
    compile_stale(settings().data_dir / "locale")
    wanted = extracted()
    missing = [f"{language}: {fault}" for language in LANGUAGES for fault in faults(wanted, read(language))]
    sys.stdout.writelines(f"{line}\n" for line in missing)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
