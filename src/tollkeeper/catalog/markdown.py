"""Markdown as the courses use it: CommonMark, tables and strikethrough, and nothing that could run.

Cleaned after rendering, so that a course text pasted from anywhere cannot carry a script into a buyer's page.
"""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class"},
}
_ALIGNMENTS = {"text-align:left": "left", "text-align:center": "centre", "text-align:right": "right"}
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(text: str) -> SafeString:
    """Markdown as safe HTML.

    Headings start at the second level (`#` becomes `h2`): the page's own title is the first. A cell's alignment is a
    class (`left`, `centre`, `right`), because pages allow no inline style.

    Args:
        text: CommonMark with tables. HTML in it is shown as text.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 4)}"
        elif token.type in ("td_open", "th_open") and (style := token.attrs.pop("style", None)):
            token.attrSet("class", _ALIGNMENTS[str(style)])
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308  # cleaned in the line above
