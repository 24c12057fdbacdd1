"""Runs the registered checks and tells what they found."""

from __future__ import annotations

from dataclasses import dataclass

from tollkeeper.cli.acts.trouble import away
from tollkeeper.cli.output import console, end, print_json, say
from tollkeeper.core import clock
from tollkeeper.core.checks import Check, Finding, Verdict
from tollkeeper.core.registry import checks

_COLOUR = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A check's name, what it found, and how long it took."""

    check: str
    finding: Finding
    ms: float

    def as_json(self) -> dict[str, object]:
        """For --json."""
        found = self.finding
        return {
            "check": self.check,
            "verdict": found.verdict,
            "sentence": found.sentence,
            "mend": found.mend,
            "evidence": found.evidence,
            "ms": self.ms,
        }


def health_check(*, as_json: bool) -> None:
    """Run every check."""
    found = [checked(name, check) for name, check in checks]
    well = bool(found) and all(one.finding.verdict is Verdict.PASS for one in found)
    if as_json:
        print_json({"healthy": well, "checks": [one.as_json() for one in found]})
    else:
        for one in found:
            colour = _COLOUR[one.finding.verdict]
            console.print(f"[{colour}]{one.finding.verdict:<8}[/{colour}]", end="")
            say(f"{one.check}: {one.finding.sentence}")
            if one.finding.mend:
                say(f"        To mend it: {one.finding.mend}")
        passed = sum(one.finding.verdict is Verdict.PASS for one in found)
        say("", f"{passed} of {len(found)} checks passed.")
    end(well=well)


def checked(name: str, check: Check) -> Checked:
    """Run one. A check that breaks has found nothing out; a database that is away ends the command instead."""
    began = clock.monotonic()
    try:
        finding = check()
    except Exception as error:
        if gone := away(error):
            raise gone from error
        sentence = f"The check itself broke: {type(error).__name__}: {error}"
        finding = Finding(Verdict.UNKNOWN, sentence, "Report this; nothing is known about what it looks at.")
    return Checked(name, finding, round((clock.monotonic() - began) * 1000, 1))
