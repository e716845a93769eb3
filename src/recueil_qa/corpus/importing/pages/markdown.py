"""Markdown into blocks, through the HTML that it makes: what HTML it holds is read alike."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from recueil_qa.corpus.importing.pages.html import MARK, NOTE, read_html
from recueil_qa.corpus.importing.pages.page import Read

_MARKUP = re.compile(r"[<>`*_~\[\]#&|\\]|^\s*(?:[-+]|\d+[.)])\s|\n|^ {4}", re.MULTILINE)


class _Renderer(RendererHTML):
    """HTML with the lines of its source."""

    def html_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        token = tokens[idx]
        line = token.map[0] + 1 if token.map else 1
        return f"<!--{NOTE}{line}-->{super().html_block(tokens, idx, options, env)}"


@cache
def _parser(breaks: bool) -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": True, "breaks": breaks, "maxNesting": 40}, renderer_cls=_Renderer
    )
    return parser.enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin)


def read_markdown(text: str, breaks: bool = False) -> Read:
    """Read a page; with `breaks`, each line of a paragraph is one of its own.

    Raises:
        PageError: it nests or holds more than any page does.
    """
    parser = _parser(breaks)
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    for token in tokens:
        if token.map and token.nesting >= 0 and token.type != "inline":
            token.attrSet(MARK, str(token.map[0] + 1))
    return read_html(parser.renderer.render(tokens, parser.options, env), marked=True)


def is_marked(text: str) -> bool:
    """Return whether a short text may hold marks of Markdown or of HTML, or several lines."""
    return bool(_MARKUP.search(text))
