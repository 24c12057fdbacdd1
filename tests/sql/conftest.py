"""A shop with a past, for looking at plans: 100,000 orders, and statistics about them."""

from __future__ import annotations

import pytest

from tollkeeper.proofs.past import Past, analyse, make


@pytest.fixture(scope="session")
def past(owner):
    """Loads it where a test asks; the `db` fixture takes it away again."""

    def _past():
        make(owner, Past(100_000))
        analyse(owner)

    return _past
