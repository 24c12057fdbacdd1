"""The page the payer sees: plain forms, no script, on the sandbox's own origin."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tollkeeper.sandbox.answers import TooLarge, body_of
from tollkeeper.sandbox.desk import Act, AlreadyPaid, Desk, NoSuchLink
from tollkeeper.sandbox.gateway import origin_of
from tollkeeper.sandbox.links import Link, State

PAGES = Path(__file__).parent / "pages"
DECLINED = '<p class="notice bad" role="status">The last attempt was declined. You can try again.</p>'


class PayPage:
    """Shows a link and does what its buttons say."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = {file.stem: Template(file.read_text("utf-8")) for file in PAGES.glob("*.html")}
        self._css = (PAGES / "pay.css").read_bytes()

    def routes(self) -> list[Route]:
        """Return the page's addresses."""
        return [
            Route("/pay.css", self.css, methods=["GET"]),
            Route("/pay/{paylink_id}", self.show, methods=["GET"]),
            Route("/pay/{paylink_id}", self.press, methods=["POST"]),
        ]

    async def css(self, _request: Request) -> Response:
        """Serve the style sheet."""
        return Response(self._css, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    async def show(self, request: Request) -> Response:
        """Show the link, payable or paid."""
        try:
            return self._page_of(self._desk.link(request.path_params["paylink_id"]))
        except NoSuchLink as error:
            return self._no_link(error)

    async def press(self, request: Request) -> Response:
        """Do what the button says and send the browser on; callbacks travel meanwhile."""
        try:
            form = parse_qs((await body_of(request)).decode("utf-8", "replace"))
            act = Act(form.get("act", [""])[0])
        except (TooLarge, ValueError):
            return self.trouble(422, "That button is unknown", "The form did not say what to do.")
        paylink_id = request.path_params["paylink_id"]
        try:
            return RedirectResponse(self._desk.act(paylink_id, act).redirect_url, 303, {"Cache-Control": "no-store"})
        except NoSuchLink as error:
            return self._no_link(error)
        except AlreadyPaid:
            return self._page_of(self._desk.link(paylink_id), status=409)

    def trouble(self, status: int, title: str, sentence: str) -> Response:
        """Show what was wrong."""
        remedy = "Go back to the shop and start the payment from there again."
        content = self._filled("trouble", title=title, sentence=sentence, remedy=remedy)
        return self._page(status, title, content, targets=())

    def _no_link(self, error: NoSuchLink) -> Response:
        return self.trouble(404, "This link is unknown", str(error))

    def _page_of(self, link: Link, status: int = 200) -> Response:
        name, title = ("paid", "Paid") if link.state is State.PAID else ("payable", "Pay")
        content = self._filled(
            name,
            amount=rand(link.amount_minor),
            description=link.description or "No description",
            merchant=origin_of(link.success_url).partition("://")[2],
            reference=link.external_transaction_id,
            paylink_id=link.paylink_id,
            success_url=link.success_url,
            notice=_Markup(DECLINED if link.state is State.FAILED else ""),
        )
        return self._page(status, title, content, targets=(link.success_url, link.failure_url, link.cancel_url))

    def _filled(self, name: str, **texts: str) -> _Markup:
        escaped = {key: text if isinstance(text, _Markup) else escape(text) for key, text in texts.items()}
        return _Markup(self._templates[name].substitute(escaped))

    def _page(self, status: int, title: str, content: _Markup, targets: tuple[str, ...]) -> Response:
        # Browsers hold a form's redirects to form-action too, so the merchant's origins must be named.
        origins = " ".join(sorted({origin_of(url) for url in targets}))
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {origins}",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(self._filled("page", title=title, content=content), status, headers)


class _Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def rand(cents: int) -> str:
    """Write cents as rand, such as `R1 234.50`."""
    return f"R{cents // 100:,}.{cents % 100:02}".replace(",", "\N{NO-BREAK SPACE}")
