"""A writer: one thread, one connection, one transaction after the other.

Being a thread, it calls `settle` as everybody does, and `settle` needs no asynchronous twin. Its connection holds the
till's role for its whole life, since it does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue

import psycopg
import structlog
from psycopg import errors

from tollkeeper.core import clock
from tollkeeper.core.database import Connection, as_json, connect, hold_till, plain_cursor, statements, till
from tollkeeper.core.ids import new_id, new_ids
from tollkeeper.core.switchboard import NotNow
from tollkeeper.payments.intake.arrival import Answer, Arrival
from tollkeeper.payments.ledger import locks
from tollkeeper.payments.ledger.settle import Outcome, Verdict, open_interventions, settle
from tollkeeper.payments.ledger.state import Trouble

SQL = statements("tollkeeper.payments.ledger")
RETRYABLE = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
"""The whole batch is tried again: nothing is wrong with any item."""
TOO_MUCH = (errors.ProgramLimitExceeded, errors.StatementTooComplex)
"""psycopg files these under the server's troubles, but it is the item that is too large for it."""
TRIES = 5
"""So often a batch is tried again; so often an arrival waits alone for a held payment, and lets others by between."""
ROUNDS = 3
"""After so many batches in which somebody else held its payment, an arrival is settled alone and waits for the lock."""
RECONNECT_SECONDS = 0.25

log = structlog.get_logger("payment")

Answers = Sequence[tuple[Arrival, Answer]]
Done = Callable[[Answers, datetime], None]
"""Given answers on the writer's thread, with the moment when what they say became durable."""

_ANSWER = {
    Verdict.SETTLED: Answer.SETTLED,
    Verdict.DUPLICATE: Answer.DUPLICATE,
    Verdict.UNKNOWN_PAYMENT: Answer.UNKNOWN_PAYMENT,
}


class _Gone(Exception):
    """The database is away, or was lost during a commit, so that nobody knows whether it happened."""


class _Stale(Exception):
    """The connection was lost before the commit was sent, so nothing happened; a new one may do."""


class Writer:
    """Takes what waits and settles it, until it takes the end.

    Args:
        queue: arrivals; None ends one writer.
        dsn: the database, as the serving role.
        max_batch: arrivals in one transaction.
        done: see `Done`.
    """

    def __init__(self, queue: SimpleQueue[Arrival | None], dsn: str, *, max_batch: int, done: Done) -> None:
        self._queue = queue
        self._dsn = dsn
        self._max_batch = max_batch
        self._done = done
        self._connection: Connection | None = None
        self._away_until = 0.0

    def work(self) -> None:
        """Settle until told to end, and then what is left."""
        held: list[Arrival] = []
        running = True
        while running or held:
            batch, running = self._take(held, wait=running)
            try:
                held = self._write(batch)
            except Exception:
                log.exception("intake.writer_failed")
                held = []
                self._answer([(arrival, Answer.AWAY) for arrival in batch if not arrival.answered])
        if self._connection is not None:
            self._connection.close()

    def _take(self, held: list[Arrival], *, wait: bool) -> tuple[list[Arrival], bool]:
        """What waits now, the held ones first; blocks only when there is nothing at all."""
        batch = list(held)
        while len(batch) < self._max_batch:
            try:
                arrival = self._queue.get(block=wait and not batch)
            except Empty:
                break
            if arrival is None:
                return batch, False
            batch.append(arrival)
        return batch, wait

    def _write(self, batch: list[Arrival]) -> list[Arrival]:
        """Settle a batch; returns those whose payment somebody else holds, for the next one."""
        patient = next((arrival for arrival in batch if arrival.rounds >= ROUNDS), None)
        parts = [[patient] if patient else [], [arrival for arrival in batch if arrival is not patient]]
        held: list[Arrival] = []
        while parts:
            part = parts.pop()
            if not part:
                continue
            try:
                answers, still_held = self._settle(part)
            except _Gone:
                self._answer([(arrival, Answer.AWAY) for arrival in part])
            except NotNow as refusal:
                log.warning("intake.refused", code=refusal.code, arrivals=len(part))
                self._answer([(arrival, Answer.AWAY) for arrival in part])
            except Exception as error:  # noqa: BLE001  whatever is wrong with one item must not touch its neighbours
                if len(part) > 1:
                    half = len(part) // 2
                    parts += [part[:half], part[half:]]
                else:
                    self._answer([(part[0], self._set_aside(part[0], error))])
            else:
                held += still_held
                self._answer(answers)
        return held

    def _settle(self, part: list[Arrival]) -> tuple[list[tuple[Arrival, Answer]], list[Arrival]]:
        patient = len(part) == 1 and part[0].rounds >= ROUNDS
        try:
            outcomes = self._wait(part) if patient else self._skip(part)
        except (*RETRYABLE, _Stale) as error:
            if patient and part[0].rounds < ROUNDS + TRIES:
                part[0].rounds += 1
                return [], part
            log.warning("intake.locked", error=type(error).__name__, arrivals=len(part))
            return [(arrival, Answer.BUSY) for arrival in part], []
        answers, held = [], []
        for arrival, outcome in zip(part, outcomes, strict=True):
            if outcome.verdict is Verdict.HELD:
                arrival.rounds += 1
                held.append(arrival)
            else:
                answers.append((arrival, _ANSWER[outcome.verdict]))
        return answers, held

    def _wait(self, part: list[Arrival]) -> list[Outcome]:
        """Once, so that a row held for long stops the writer for no longer than one lock time-out at a time."""
        return self._transact(part, locks.wait)

    def _skip(self, part: list[Arrival]) -> list[Outcome]:
        for _ in range(TRIES - 1):
            try:
                return self._transact(part, locks.skip)
            except (*RETRYABLE, _Stale):
                continue
        return self._transact(part, locks.skip)

    def _transact(self, part: list[Arrival], lock: locks.Lock) -> list[Outcome]:
        connection = self._connected()
        ready = False
        try:
            with connection.transaction():
                evidence = [item for arrival in part for item in arrival.evidence]
                outcomes = iter(settle(connection, evidence, lock=lock))
                by_arrival = [_first_of([next(outcomes) for _ in arrival.evidence]) for arrival in part]
                self._keep_bytes(connection, part, by_arrival)
                ready = True
        except psycopg.OperationalError as error:
            if isinstance(error, RETRYABLE + TOO_MUCH) and not connection.closed:
                raise
            gone = self._lost(error)
            if ready:
                raise gone from error
            self._away_until = 0.0
            raise _Stale from error
        if connection.closed:
            # psycopg leaves the block without COMMIT, and without a word, where the connection died unnoticed.
            raise self._lost(psycopg.OperationalError("The connection was lost at the commit."))
        return by_arrival

    def _keep_bytes(self, connection: Connection, part: list[Arrival], outcomes: list[Outcome]) -> None:
        kept = [(a, o) for a, o in zip(part, outcomes, strict=True) if o.verdict is not Verdict.HELD]
        numbers = new_ids(len(kept))
        rows = [
            arrival.delivery(number, outcome.verdict) for number, (arrival, outcome) in zip(numbers, kept, strict=True)
        ]
        strangers = [a for a, o in kept if o.verdict is Verdict.UNKNOWN_PAYMENT]
        with plain_cursor(connection) as cursor:
            cursor.execute(SQL["insert_deliveries"], {"deliveries": as_json(rows)})
            if strangers:
                with till(cursor):
                    open_interventions(cursor, [(a.digest, Trouble.UNKNOWN_REFERENCE) for a in strangers])

    def _set_aside(self, arrival: Arrival, error: Exception) -> Answer:
        """Keep the bytes of what cannot be settled, ask for a person, and let the gateway send it again."""
        log.error("intake.unsettled", payment_id=str(arrival.payment_id), error=f"{type(error).__name__}: {error}")
        try:
            connection = self._connected()
            with connection.transaction(), plain_cursor(connection) as cursor:
                cursor.execute(
                    SQL["insert_deliveries"], {"deliveries": as_json([arrival.delivery(new_id(), "unsettled")])}
                )
                with till(cursor):
                    open_interventions(cursor, [(arrival.digest, Trouble.UNSETTLED)])
        except (_Gone, psycopg.OperationalError):
            return Answer.AWAY
        except psycopg.Error as second:
            log.critical("intake.not_kept", digest=arrival.digest, error=f"{type(second).__name__}: {second}")
        return Answer.UNSETTLED

    def _connected(self) -> Connection:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if clock.monotonic() < self._away_until:
            raise _Gone
        try:
            self._connection = connect(self._dsn, name="intake", autocommit=True)
            hold_till(self._connection)
        except psycopg.OperationalError as error:
            raise self._lost(error) from error
        return self._connection

    def _lost(self, error: Exception) -> _Gone:
        log.warning("intake.database_away", error=type(error).__name__)
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._away_until = clock.monotonic() + RECONNECT_SECONDS
        return _Gone()

    def _answer(self, answers: list[tuple[Arrival, Answer]]) -> None:
        if not answers:
            return
        for arrival, _ in answers:
            arrival.answered = True
        self._done(answers, clock.now())


def _first_of(outcomes: list[Outcome]) -> Outcome:
    """An arrival's outcome: settled if any of its evidence was new."""
    return next((outcome for outcome in outcomes if outcome.verdict is Verdict.SETTLED), outcomes[0])
