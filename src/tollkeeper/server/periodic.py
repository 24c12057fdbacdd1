"""What happens by the clock: partitions, sweeps, clearing up. procrastinate keeps the schedule in the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps

import structlog
from django.contrib.sessions.models import Session
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from tollkeeper.accounts.limits import forget_old_tries
from tollkeeper.catalog.jobs import remove_stray_files
from tollkeeper.core import clock
from tollkeeper.core.database import statements
from tollkeeper.core.orm import raw_cursor, raw_transaction
from tollkeeper.core.partitions import TABLES, drop_partitions, ensure_partitions
from tollkeeper.core.settings import settings
from tollkeeper.fulfilment.enrolments.services import prove_and_repair
from tollkeeper.payments.ledger.jobs import expire_old_transfers, mend_queue, sweep_history
from tollkeeper.payments.transfers.jobs import remove_old_proofs, remove_strays

SQL = statements("tollkeeper.server")
LEDGER_SQL = statements("tollkeeper.payments.ledger")
AGAIN_SECONDS = 5.0

log = structlog.get_logger("application")


def _gives_back(work: Callable[[int], None]) -> Callable[[int], None]:
    """A task runs on a thread of a pool that nothing tidies; its database connection goes back when it ends."""

    @wraps(work)
    def working(timestamp: int) -> None:
        try:
            work(timestamp)
        finally:
            connections.close_all()

    return working


@app.periodic(cron="23 2 * * *")
@app.task(name="core.partitions", queueing_lock="core.partitions")
@_gives_back
def keep_partitions(timestamp: int) -> None:
    """Make the months to come and drop those whose time is over."""
    with raw_cursor() as cursor:
        for table in TABLES:
            ensure_partitions(cursor, table)
            drop_partitions(cursor, table)


@app.periodic(cron="41 * * * *")
@app.task(name="enrolments.prove_everything", queueing_lock="enrolments.prove_everything")
@_gives_back
def prove_everything(timestamp: int) -> None:
    """The standing proof over every payment, hourly."""
    with raw_transaction() as connection:
        found = prove_and_repair(connection)
    if not found.holds:
        log.error("proof.broken", missing=len(found.missing), unpaid=len(found.unpaid))


@app.periodic(cron="47 * * * *")
@app.task(name="payments.mend_queue", queueing_lock="payments.mend_queue")
@_gives_back
def mend_the_queue(timestamp: int) -> None:
    """What waits for staff is in their queue, hourly."""
    mend_queue()


@app.periodic(cron="*/15 * * * *")
@app.task(name="payments.sweep_history", queueing_lock="payments.sweep_history")
@_gives_back
def sweep_histories(timestamp: int) -> None:
    """Find in the gateway's history what webhook, return and ladder all missed."""
    if settings().ikhokha_app_id:
        with asyncio.Runner() as runner:
            sweep_history(runner, "ikhokha")


@app.periodic(cron="53 * * * *")
@app.task(name="payments.expire_transfers", queueing_lock="payments.expire_transfers")
@_gives_back
def expire_transfers(timestamp: int) -> None:
    """Stop waiting for bank transfers that never came."""
    expire_old_transfers()


@app.periodic(cron="7 3 * * *")
@app.task(name="core.clear_up", queueing_lock="core.clear_up")
@_gives_back
def clear_up(timestamp: int) -> None:
    """Forget ended sessions, old tries to sign in, finished jobs after a week, and rejections beyond their bound."""
    forget_old_tries()
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    with raw_cursor() as cursor:
        cursor.execute(SQL["forget_jobs"])
        cursor.execute(LEDGER_SQL["forget_rejections"])


@app.periodic(cron="37 3 * * *")
@app.task(name="core.sweep_files", queueing_lock="core.sweep_files")
@_gives_back
def sweep_files(timestamp: int) -> None:
    """Remove files that a crash left without a row, and proofs of transfers whose time is over."""
    remove_stray_files()
    remove_strays()
    remove_old_proofs()


def serve(stop: threading.Event) -> None:
    """Run the schedule until told to stop; a lost database is asked again every five seconds."""
    while not stop.is_set():
        try:
            asyncio.run(_serve(stop))
        except (ConnectorException, OSError) as error:
            log.warning("periodic.database_away", error=type(error).__name__)
            stop.wait(AGAIN_SECONDS)


async def _serve(stop: threading.Event) -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]  # Django's connector has it
        async with working.open_async():
            worker = asyncio.create_task(working.run_worker_async(install_signal_handlers=False, concurrency=1))
            told = asyncio.create_task(asyncio.to_thread(stop.wait))
            await asyncio.wait({worker, told}, return_when=asyncio.FIRST_COMPLETED)
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
