"""A check answers pass, fail or unknown, with evidence and the way to mend it. Unknown is never a pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What a check found."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's answer.

    Args:
        verdict: pass, fail or unknown.
        sentence: what was seen, for a person.
        mend: what to do about it; empty on a pass.
        evidence: figures behind the sentence.
    """

    verdict: Verdict
    sentence: str
    mend: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


Check = Callable[[], Finding]
