"""The control API: JSON for tests, demo and drills, answered to programs on this machine only."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Annotated, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tollkeeper.sandbox.answers import TooLarge, body_of, json_answer
from tollkeeper.sandbox.callbacks import Callback, Retries, is_loopback
from tollkeeper.sandbox.chaos import FAULTS, LONGEST_MS, Chaos, Setting, Settings, WrongFault
from tollkeeper.sandbox.desk import Act, AlreadyPaid, Desk, NoSuchLink
from tollkeeper.sandbox.fire import fire
from tollkeeper.sandbox.links import Link, State

PAGE = 1_000
FORWARDED = ("x-forwarded-for", "forwarded", "origin")

Body = TypeVar("Body")
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """A fresh start."""

    seed: Seed


class Press(msgspec.Struct, forbid_unknown_fields=True):
    """A button of the pay page; `pay` is short for the card."""

    act: str


class Redeliver(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the new callback suffers the chaos."""

    faults: bool = False


class Drain(msgspec.Struct, forbid_unknown_fields=True):
    """How long to wait until nothing is outstanding."""

    timeout_ms: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)] = 10_000


class Fire(msgspec.Struct, forbid_unknown_fields=True):
    """Which links to pay: these, or the oldest `count` payable ones."""

    paylink_ids: list[str] | None = msgspec.field(default=None, name="paylinkIDs")
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1_024)] = 32


class Wrong(Exception):
    """An answer that says no: status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Control:
    """The control API over one desk."""

    desk: Desk
    chaos: Chaos
    first_settings: Settings

    def routes(self) -> list[Route]:
        """Return the API's addresses."""
        table = {
            ("GET", "/control"): self.state,
            ("POST", "/control/reset"): self.reset,
            ("GET", "/control/chaos"): self.show_chaos,
            ("PUT", "/control/chaos"): self.set_chaos,
            ("PUT", "/control/retries"): self.set_retries,
            ("GET", "/control/links"): self.links,
            ("GET", "/control/links/{paylink_id}"): self.link,
            ("POST", "/control/links/{paylink_id}/act"): self.act,
            ("GET", "/control/callbacks"): self.callbacks,
            ("GET", "/control/callbacks/{number:int}"): self.callback,
            ("POST", "/control/callbacks/{number:int}/redeliver"): self.redeliver,
            ("POST", "/control/drain"): self.drain,
            ("POST", "/control/fire"): self.fire,
        }
        return [Route(path, _guarded(call), methods=[method]) for (method, path), call in table.items()]

    async def state(self, _request: Request) -> object:
        """Tell seed, retries and counts."""
        return {
            "seed": self.chaos.seed,
            "retries": self.desk.office.policy.retries,
            "links": len(self.desk.links),
            "callbacks": self.desk.office.count,
            "outstanding": len(self.desk.errands),
        }

    async def reset(self, request: Request) -> object:
        """Forget links and callbacks, throw new dice, and return to the chaos of the command line."""
        wanted = await _body(request, Reset)
        await self.desk.errands.abandon()
        self.desk.links.reset(wanted.seed)
        self.desk.office.forget()
        self.chaos.reset(wanted.seed, self.first_settings)
        return await self.state(request)

    async def show_chaos(self, _request: Request) -> object:
        """Show the table of faults, which are switched on, and how often each struck."""
        return {"table": dict(FAULTS), "set": self.chaos.settings, "struck": self.chaos.struck}

    async def set_chaos(self, request: Request) -> object:
        """Replace the faults that are switched on."""
        try:
            self.chaos.switch(await _body(request, dict[str, Setting]))
        except WrongFault as error:
            raise Wrong(422, f"{error}.") from error
        return {"set": self.chaos.settings}

    async def set_retries(self, request: Request) -> object:
        """Say how often a callback is sent again."""
        self.desk.office.policy.retries = await _body(request, Retries)
        return self.desk.office.policy.retries

    async def links(self, request: Request) -> object:
        """List links, oldest first, 1,000 at most; `after` a number carries on."""
        return [_shown(link) for link in self.desk.links.after(_number(request, "after"), PAGE)]

    async def link(self, request: Request) -> object:
        """Show one link."""
        return _shown(self.desk.link(request.path_params["paylink_id"]))

    async def act(self, request: Request) -> object:
        """Press a button of the pay page."""
        word = (await _body(request, Press)).act
        try:
            act = Act.CARD if word == "pay" else Act(word)
        except ValueError as error:
            raise Wrong(422, f"There is no act {word!r}; the acts are: pay, {', '.join(Act)}.") from error
        link = self.desk.link(request.path_params["paylink_id"])
        redirect = self.desk.act(link.paylink_id, act).redirect_url
        return {"redirect": redirect, "link": _shown(link)}

    async def callbacks(self, request: Request) -> object:
        """List callbacks, oldest first, 1,000 at most; `after` a number carries on, `paylinkID` picks one link's."""
        found = self.desk.office.since(_number(request, "after"), request.query_params.get("paylinkID"))
        return list(islice(found, PAGE))

    async def callback(self, request: Request) -> object:
        """Show one callback."""
        return self._remembered(request)

    async def redeliver(self, request: Request) -> object:
        """Send a callback's news once more and show the new callback's outcome."""
        wanted = await _body(request, Redeliver)
        last = self.desk.office.count
        callback = self._remembered(request)
        await asyncio.wait([self.desk.redeliver(callback, faultless=not wanted.faults)])
        again = next(self.desk.office.since(last, callback.paylink_id), None)
        if again is None:
            raise Wrong(409, "A reset came between; nothing is known of the new callback.")
        return again

    async def drain(self, request: Request) -> object:
        """Wait until no callback is outstanding."""
        wanted = await _body(request, Drain)
        drained = await self.desk.errands.drained(wanted.timeout_ms / 1000)
        return {"drained": drained, "outstanding": len(self.desk.errands)}

    async def fire(self, request: Request) -> object:
        """Pay many links, wait for their callbacks, and give the figures."""
        wanted = await _body(request, Fire)
        return await fire(self.desk, self._targets(wanted), wanted.concurrency)

    def _targets(self, wanted: Fire) -> list[Link]:
        if (wanted.paylink_ids is None) == (wanted.count is None):
            raise Wrong(422, "Name either paylinkIDs or count.")
        if wanted.paylink_ids is None:
            links = list(islice(self.desk.links.payable(), wanted.count))
        else:
            links = [self.desk.link(paylink_id) for paylink_id in dict.fromkeys(wanted.paylink_ids)]
        if wanted.count and len(links) < wanted.count:
            raise Wrong(422, f"Only {len(links)} links are payable; create more or ask for fewer.")
        if paid := next((link for link in links if link.state is State.PAID), None):
            raise Wrong(409, f"Link {paid.paylink_id} is paid already; nothing was fired.")
        return links

    def _remembered(self, request: Request) -> Callback:
        callback = self.desk.office.get(request.path_params["number"])
        if callback is None:
            raise Wrong(404, "There is no callback with that number.")
        return callback


def _guarded(call: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        if not _is_from_here(request):
            return json_answer(403, {"error": "The control API answers programs on this machine only, not web pages."})
        try:
            return json_answer(200, await call(request))
        except Wrong as no:
            return json_answer(no.status, {"error": str(no)})
        except NoSuchLink as error:
            return json_answer(HTTPStatus.NOT_FOUND, {"error": str(error)})
        except AlreadyPaid as error:
            return json_answer(HTTPStatus.CONFLICT, {"error": str(error)})

    return answered


def _is_from_here(request: Request) -> bool:
    # The host's name is checked against pages that point their own name at this machine, the rest against proxies.
    named = re.fullmatch(r"\[?([^]]*?)\]?(:\d*)?", request.headers.get("host", ""))
    local = request.client is not None and is_loopback(request.client.host)
    return (
        local and named is not None and is_loopback(named[1]) and not any(name in request.headers for name in FORWARDED)
    )


async def _body(request: Request, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await body_of(request) or b"{}", type=kind)
    except TooLarge as error:
        raise Wrong(413, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Wrong(422, f"The body does not fit: {error}.") from error


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Wrong(422, f"{name} must be a whole number.")
    return int(text)


def _shown(link: Link) -> dict[str, object]:
    shown: dict[str, object] = msgspec.to_builtins(link)
    return {
        "paylinkID": shown.pop("paylink_id"),
        "externalTransactionID": shown.pop("external_transaction_id"),
        **shown,
    }
