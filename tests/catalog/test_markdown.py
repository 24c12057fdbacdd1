from __future__ import annotations

import pytest

from tollkeeper.catalog.markdown import render


def test_headings_leave_the_first_level_to_the_page():
    assert render("# One\n\n## Two\n\n##### Five") == "<h2>One</h2>\n<h3>Two</h3>\n<h4>Five</h4>\n"


def test_tables_keep_their_alignment_without_inline_style():
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")

    assert '<td class="right">2</td>' in html
    assert "style" not in html


def test_code_is_shown_and_never_run():
    assert render("```python\nprint('<b>')\n```") == (
        "<pre><code class=\"language-python\">print('&lt;b&gt;')\n</code></pre>\n"
    )


def test_links_keep_nothing_of_this_window():
    assert render("[site](https://example.com)") == (
        '<p><a href="https://example.com" rel="noopener noreferrer">site</a></p>\n'
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt&#58;alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='x' onclick='alert(1)'>x</a>",
        "[x](https://example.com 'a\" onmouseover=\"alert(1)')",
        "<iframe src='https://evil.example'></iframe>",
        '```html" onload="alert(1)\nx\n```',
    ],
)
def test_nothing_that_could_run_survives(hostile):
    html = render(hostile)

    tags = html.replace("&lt;", "").replace("&quot;", "")
    assert "<script" not in tags
    assert "<iframe" not in tags
    assert "<img src=x" not in tags
    assert 'href="javascript' not in tags.lower()
    assert not any(f' {name}="' in tags for name in ("onerror", "onclick", "onmouseover", "onload"))
