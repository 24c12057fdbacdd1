"""Live streams for browsers: a bare ASGI application beside intake.

One listener in each process reads the journal for everybody; a stream holds no thread and no database connection. It
reads what is there instead of waiting for the journal's horizon: a screen shall not wait for somebody's long
transaction. Numbers that are missing among those read may still be under way, so they are asked for again for a while.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import psycopg
import structlog

from tollkeeper.core import clock, tickets
from tollkeeper.core.database import statements
from tollkeeper.core.journal import HINT_CHANNEL
from tollkeeper.core.tickets import BadTicket, Ticket
from tollkeeper.payments.intake.app import Receive, Scope, Send
from tollkeeper.payments.intake.notebook import Notebook

SQL = statements("tollkeeper.server")
LOOK_SECONDS = 0.25
"""How often the journal is read when no hint comes."""
GAP_SECONDS = 5.0
"""A line whose transaction took this long to commit is still told; a number missing for longer was rolled back."""
MAX_GAP = 5_000
"""More numbers missing at once were never handed out: the sequence jumped."""
AT_ONCE = 5_000
HINT_SECONDS = 0.02
KEEP_ALIVE_SECONDS = 15.0
STREAM_SECONDS = 30 * 60.0
"""After this a browser comes again with a fresh ticket."""
MAX_STREAMS = 10_000
MAX_REPORT_BYTES = 2_048
RECENT_PUSHES = 10_000

log = structlog.get_logger("application")


class News(msgspec.Struct, frozen=True):
    """How an order stands, as a browser is told."""

    reference: str
    item: str
    payment: str
    access: str
    payment_id: UUID


class Sent(News, frozen=True):
    """The same on its way to one browser. `stream` comes back with the browser's report."""

    stream: str


@dataclass(slots=True, eq=False)
class Stream:
    """One browser's connection; its tabs share it."""

    ticket: Ticket
    id: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    inbox: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(maxsize=100))

    def give(self, message: bytes | None) -> None:
        """Queue a message; a reader that is a hundred behind is dropped and will reconnect to a fresh snapshot."""
        try:
            self.inbox.put_nowait(message)
        except asyncio.QueueFull:
            while not self.inbox.empty():
                self.inbox.get_nowait()
            self.inbox.put_nowait(None)


class Live:
    """Streams and the listener that feeds them.

    Args:
        dsn: the database, as the serving role.
        notebook: notes when a payment's news was pushed and shown.
        alone: no other web process here has streams; others would be told of each commit.
    """

    def __init__(self, dsn: str, notebook: Notebook, *, alone: bool = True) -> None:
        self._dsn = dsn
        self._notebook = notebook
        self._alone = alone
        self._hinted_at = 0.0
        self._untold = False
        self._by_person: dict[UUID, set[Stream]] = {}
        self._by_reference: dict[str, set[Stream]] = {}
        self._staff: set[Stream] = set()
        self._streams: set[Stream] = set()
        self._look = asyncio.Event()
        self._newest: int | None = None
        self._gaps: dict[int, float] = {}
        self._pushed: OrderedDict[UUID, str] = OrderedDict()
        self._owing: OrderedDict[UUID, set[str]] = OrderedDict()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()
        self._draining = False
        self._heard_at = 0.0

    @property
    def healthy(self) -> bool:
        """Whether the database answered within the last two seconds."""
        return clock.monotonic() - self._heard_at < 2.0

    def hint(self) -> None:
        """Something was committed here: look now, if anybody listens. For the event loop's thread."""
        self._untold = not self._alone
        if self._streams or self._untold:
            self._look.set()

    def drain(self) -> None:
        """End every stream; browsers come again, to whoever listens then."""
        self._draining = True
        for stream in list(self._streams):
            stream.give(None)

    # ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `GET /live?ticket=` or `POST /live/shown`."""
        if scope["path"] == "/live/shown":
            await self._shown(scope, receive, send)
            return
        try:
            query = parse_qs(scope["query_string"].decode("ascii", "replace"))
            ticket = tickets.read(query.get("ticket", [""])[0])
        except (BadTicket, ValueError, msgspec.MsgspecError):
            await _plain(send, 403, "That ticket is not valid, or no longer. Reload the page.")
            return
        if self._draining or len(self._streams) >= MAX_STREAMS:
            await _plain(send, 503, "Too many streams are open here. Try again.")
            return
        await self._serve(Stream(ticket), receive, send)

    async def _serve(self, stream: Stream, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        self._enter(stream)
        gone = asyncio.create_task(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await _write(send, b"retry: 2000\n\n")
            for news in await self._snapshot(stream.ticket):
                stream.give(_event("now", news, stream))
            await self._pump(stream, gone, send)
        except OSError:
            pass
        finally:
            gone.cancel()
            self._leave(stream)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, stream: Stream, gone: asyncio.Task[None], send: Send) -> None:
        until = clock.monotonic() + STREAM_SECONDS
        while not gone.done() and clock.monotonic() < until:
            inbox = asyncio.ensure_future(stream.inbox.get())
            done, _ = await asyncio.wait({inbox, gone}, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if inbox not in done:
                inbox.cancel()
                await _write(send, b": still here\n\n")
                continue
            message = inbox.result()
            if message is None:
                return
            await _write(send, message)

    async def _shown(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The browser reports that a page showed what it was told."""
        try:
            report = msgspec.json.decode(await _body(receive), type=_Report)
            tickets.read(report.ticket, within_seconds=tickets.REPORT_SECONDS)
        except (BadTicket, ValueError, msgspec.MsgspecError):
            await _plain(send, 400, "A report names its ticket, its payment and a number of milliseconds.")
            return
        if scope["method"] == "POST" and report.payment_id in self._pushed:
            self._notebook.passed(report.payment_id, "shown", clock.now())
            self._note_shown(report)
        await _plain(send, 204, "")

    # Who listens

    def _enter(self, stream: Stream) -> None:
        self._streams.add(stream)
        if stream.ticket.staff:
            self._staff.add(stream)
            return  # the console shows nobody's own orders
        if stream.ticket.person_id is not None:
            self._by_person.setdefault(stream.ticket.person_id, set()).add(stream)
        for reference in stream.ticket.references:
            self._by_reference.setdefault(reference, set()).add(stream)

    def _leave(self, stream: Stream) -> None:
        self._streams.discard(stream)
        self._staff.discard(stream)
        if stream.ticket.person_id is not None:
            _drop(self._by_person, stream.ticket.person_id, stream)
        for reference in stream.ticket.references:
            _drop(self._by_reference, reference, stream)

    def _interested(self, person_id: UUID | None, reference: str) -> Iterable[Stream]:
        mine = self._by_person.get(person_id, set()) if person_id else set()
        return mine | self._by_reference.get(reference, set())

    # The listener

    async def listen(self) -> None:
        """Read the journal and tell the streams, for ever; a lost database is asked again every look."""
        hints = asyncio.create_task(self._take_hints())
        try:
            while True:
                try:
                    async with self._turn:
                        await self._tell()
                        await self._tell_others()
                    self._heard_at = clock.monotonic()
                except psycopg.Error as error:
                    log.warning("live.database_away", error=type(error).__name__)
                    await self._forget_connection()
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._look.wait()
                except TimeoutError:
                    pass
                self._look.clear()
        finally:
            hints.cancel()
            await self._forget_connection()

    async def _tell_others(self) -> None:
        """Hint other processes, not for every commit; they look every quarter of a second anyway."""
        if self._untold and clock.monotonic() - self._hinted_at > HINT_SECONDS:
            self._untold, self._hinted_at = False, clock.monotonic()
            await (await self._connected()).execute(f"NOTIFY {HINT_CHANNEL}")

    async def _tell(self) -> None:
        connection = await self._connected()
        if self._newest is None or not self._streams:
            row = await (await connection.execute(SQL["newest_news"])).fetchone()
            self._newest, self._gaps = row[0] if row else 0, {}
            return
        rows = await self._read(connection)
        while rows:
            queue_moved_at = ""
            for number, position, kind, person_id, payment_id, data in rows:
                self._follow(number)
                if _moves_queue(kind, data):
                    queue_moved_at = position
                if payment_id is not None and data and "access" in data:
                    news = News(data["reference"], data["items"][0], data["state"], data["access"], payment_id)
                    self._give(position, person_id, news)
            self._tell_staff(queue_moved_at)
            rows = await self._read(connection) if len(rows) == AT_ONCE else []
        now = clock.monotonic()
        self._gaps = {number: since for number, since in self._gaps.items() if now - since < GAP_SECONDS}

    async def _read(self, connection: psycopg.AsyncConnection[Any]) -> list[tuple[Any, ...]]:
        wanted = {"newest": self._newest, "gaps": list(self._gaps), "limit": AT_ONCE}
        return await (await connection.execute(SQL["read_news"], wanted)).fetchall()

    def _follow(self, number: int) -> None:
        """Remember how far we read, and which numbers before it are still missing."""
        if self._gaps.pop(number, None) is None and self._newest is not None and number > self._newest:
            if number - self._newest <= MAX_GAP:
                self._gaps |= dict.fromkeys(range(self._newest + 1, number), clock.monotonic())
            self._newest = number

    def _give(self, position: str, person_id: UUID | None, news: News) -> None:
        told = list(self._interested(person_id, news.reference))
        for stream in told:
            stream.give(_event(position, news, stream))
        if told:
            self._note_push(news, told)

    def _tell_staff(self, position: str) -> None:
        """Once for all lines of a reading: an open queue looks again, whatever it was that moved."""
        if position:
            for stream in self._staff:
                stream.give(f"id: {position}\nevent: queue\ndata: {{}}\n\n".encode())

    def _note_push(self, news: News, told: list[Stream]) -> None:
        if news.access == "open" and self._pushed.get(news.payment_id) != "open":
            self._notebook.passed(news.payment_id, "pushed", clock.now())
            self._notebook.screens(news.payment_id, told=len(told))
            self._owing[news.payment_id] = {stream.id for stream in told}
        self._pushed[news.payment_id] = news.access
        for kept in (self._pushed, self._owing):
            if len(kept) > RECENT_PUSHES:
                kept.popitem(last=False)

    def _note_shown(self, report: _Report) -> None:
        """Count a browser once, however many tabs it has; one that came later was not listening at the commit."""
        owing = self._owing.get(report.payment_id, set())
        if report.stream in owing:
            owing.discard(report.stream)
            self._notebook.screens(report.payment_id, shown=1)

    async def _snapshot(self, ticket: Ticket) -> list[News]:
        """How the orders of a ticket stand now: whatever was missed while away is in it."""
        if ticket.staff:
            return []
        try:
            async with self._turn:
                connection = await self._connected()
                cursor = await connection.execute(
                    SQL["read_standing"], {"person_id": ticket.person_id, "references": list(ticket.references)}
                )
                return [News(*row) for row in await cursor.fetchall()]
        except psycopg.Error:
            return []

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, application_name="tollkeeper live", connect_timeout=5
            )
        return self._connection

    async def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _take_hints(self) -> None:
        """Other processes' hints, on a connection that does nothing else."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="tollkeeper live hints", connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {HINT_CHANNEL}")
                    async for _ in connection.notifies():
                        self._look.set()
            except psycopg.Error:
                await asyncio.sleep(1)


class _Report(msgspec.Struct):
    ticket: str
    payment_id: UUID
    ms: float
    stream: str = ""


def _event(position: str, news: News, stream: Stream) -> bytes:
    sent = Sent(news.reference, news.item, news.payment, news.access, news.payment_id, stream.id)
    return f"id: {position}\nevent: order\ndata: {msgspec.json.encode(sent).decode()}\n\n".encode()


def _moves_queue(kind: str, data: dict[str, Any] | None) -> bool:
    """Whether a line of the journal changes what waits for staff."""
    return kind.startswith("intervention.") or "waits" in (data or {})


def _drop(index: dict[Any, set[Stream]], key: object, stream: Stream) -> None:
    streams = index.get(key, set())
    streams.discard(stream)
    if not streams:
        index.pop(key, None)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_REPORT_BYTES:
            raise ValueError("too long")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _plain(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
