"""The counter with the sandbox as gateway, and acts done as a page does them."""

from __future__ import annotations

import pytest

from storefront.conftest import gateway, loop, sandbox_process

__all__ = ["as_page", "gateway", "loop", "sandbox_process"]


@pytest.fixture
def as_page(loop):
    """Runs acts on threads beside the event loop, as pages run, all of them at once; their results or errors."""
    import asyncio

    from asgiref.sync import sync_to_async
    from django.db import connections

    def on_thread(act):
        try:
            return act()
        except Exception as error:  # noqa: BLE001  a test looks at whatever came
            return error
        finally:
            connections.close_all()

    def _as_page(*acts):
        async def together():
            calls = [sync_to_async(on_thread, thread_sensitive=False)(act) for act in acts]
            return await asyncio.gather(*calls)

        results = loop.run(together())
        return results[0] if len(results) == 1 else results

    return _as_page
