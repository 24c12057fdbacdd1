"""The till with the sandbox as gateway."""

from __future__ import annotations

from checkout.conftest import as_page, gateway, loop, sandbox_process

__all__ = ["as_page", "gateway", "loop", "sandbox_process"]
