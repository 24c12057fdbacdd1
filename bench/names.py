"""What can be measured, by name."""

from __future__ import annotations

from bench.limits import LIMITS
from bench.subjects import SUBJECTS

NAMES = (
    *(subject.name for subject in SUBJECTS),
    *(limit.name for limit in LIMITS),
    "alone",
    "instance",
    "confirm",
)
