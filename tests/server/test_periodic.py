"""Periodic tasks run on threads that nothing tidies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor


def test_more_tasks_than_the_pool_has_connections_all_get_one(db):
    from tollkeeper.server.periodic import keep_partitions

    with ThreadPoolExecutor(max_workers=12) as threads:
        done = [threads.submit(keep_partitions, 0) for _ in range(24)]

    assert [task.result() for task in done] == [None] * 24


def test_control_tasks_that_keep_theirs_starve_the_rest(db):
    from django.db import OperationalError

    from tollkeeper.server.periodic import keep_partitions

    with ThreadPoolExecutor(max_workers=12) as threads:
        done = [threads.submit(keep_partitions.func.__wrapped__, 0) for _ in range(24)]

    assert any(isinstance(task.exception(), OperationalError) for task in done)
