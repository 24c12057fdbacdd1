from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from operations.supabase import NAMES, TABLES


@pytest.fixture
def old(db: None) -> Iterator[psycopg.Connection]:
    """A Supabase's tables beside ours, to be dumped; they are gone after the test."""
    with psycopg.connect(os.environ["TOLLKEEPER_TEST_OWNER_URL"], autocommit=True) as connection:
        try:
            connection.execute(TABLES)
            yield connection
        finally:
            for name in NAMES:
                connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute("DROP FUNCTION IF EXISTS public.decoy")
            connection.execute("DROP SCHEMA IF EXISTS auth CASCADE")
