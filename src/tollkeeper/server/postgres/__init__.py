"""The database: PostgreSQL of our own (`Embedded`), or one that an address names (`Configured`)."""

from __future__ import annotations

from tollkeeper.server.postgres.configured import Configured
from tollkeeper.server.postgres.embedded import Embedded, Role

__all__ = ["Configured", "Database", "Embedded", "Role"]

Database = Embedded | Configured
