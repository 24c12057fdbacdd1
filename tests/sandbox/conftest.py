from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.receiver import Receiver, receiving
from sandbox.stranger import Stranger, running


@pytest.fixture(scope="session")
def process() -> Iterator[Stranger]:
    with running() as stranger:
        yield stranger


@pytest.fixture
def stranger(process: Stranger) -> Stranger:
    process.control("POST", "/reset", {"seed": 7})
    process.control("PUT", "/retries", {"retries": 0})
    return process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
