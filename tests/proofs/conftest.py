from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def open_folder():
    """A folder that every account may enter; pytest's own are closed to the servers' account."""
    made = Path(tempfile.mkdtemp(prefix="tollkeeper-proof-"))
    yield made
    shutil.rmtree(made)
