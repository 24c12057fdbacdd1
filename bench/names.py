"""What can be measured, by name, and the shape of what comes out."""

from __future__ import annotations

from typing import Any

from bench.limits import LIMITS
from bench.subjects import SUBJECTS

NAMES = (
    *(subject.name for subject in SUBJECTS),
    *(limit.name for limit in LIMITS),
    "alone",
    "instance",
    "confirm",
)

Figures = dict[str, Any]
Results = dict[str, Figures]
"""Name → its figures."""
