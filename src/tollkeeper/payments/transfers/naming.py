"""A sender's name for a file, made fit to be read. It is shown and never used as a path."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80


def readable_name(raw: str) -> str:
    """What people may read of a file's name: its last part, without what is invisible or turns the text round.

    Args:
        raw: as the browser sent it; anything at all.
    """
    last = re.split(r"[/\\]", raw[-4096:])[-1]
    plain = unicodedata.normalize("NFC", last)
    # Categories C*: control, format (the marks that reverse text), surrogates, private use, unassigned.
    visible = "".join(" " if unicodedata.category(letter)[0] == "Z" else letter for letter in plain if _visible(letter))
    name = re.sub(r"\s+", " ", visible).strip(" .")
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    kept = ending if dot and len(ending) <= 8 else ""
    return f"{(stem if kept else name)[: LONGEST - 10]}…{'.' if kept else ''}{kept}"


def _visible(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"
