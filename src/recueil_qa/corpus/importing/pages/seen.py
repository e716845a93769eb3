"""What of an element of HTML a reader sees."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from recueil_qa.corpus.importing.blocks import repair, squash

SILENT = frozenset(
    ("script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas",
     "audio", "video", "head", "map", "select", "input", "datalist", "progress", "math")
)  # fmt: skip

FRAME = frozenset(("nav", "menu", "form", "button", "footer", "dialog", "search"))
BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "center", "details", "div", "dl", "dt",
     "dd", "fieldset", "figcaption", "figure", "header", "hgroup", "hr", "html", "legend", "li",
     "main", "ol", "p", "pre", "section", "summary", "table", "ul", "caption")
)  # fmt: skip
STRUCK = frozenset(("del", "s", "strike"))
_APART = BLOCKS | {"br", "tr", "td", "th"}  # words on both sides of these are two
# What a site puts around or into its pages, by the names that it gives it.
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|fil-d-?ariane|share|sharing|social|partage|cookies?|pagination|skip-?link)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def shown(text: str) -> str:
    """Return a text as it is shown: entities written twice, marks of tasks and white space gone."""
    text = squash(repair(html.unescape(text) if "&" in text else text))
    return re.sub(r"^((?:\d+\. )?)\[[ xX]\] ", r"\1", text)


def main_part(body: Any) -> Any:
    """Return the element that holds the page's own text, where it says so."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = body.findall(path)
        if len(found) == 1:
            return found[0]
    return body


def is_around(element: Any) -> bool:
    """Return whether an element is of the site rather than of the page, as its names say."""
    return bool(_AROUND.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def is_hidden(element: Any) -> bool:
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return hidden or bool(_HIDDEN.search(element.get("style") or ""))


def kinds_of(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('role') or ''}"


def number_in(text: str | None) -> int:
    return int(text) if text and len(text) < 8 and text.isdecimal() and text.isascii() else 1


def around(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def is_back(link: Any) -> bool:
    return (link.get("href") or "").startswith(("#fnref", "#footnote-ref"))


def is_call(raised: Any) -> bool:
    links = [link.get("href") or "" for link in raised.iter("a")]
    return any(re.match(r"#(?:fn|footnote|note|_ftn)", link) for link in links)


def raised(element: Any) -> str:
    text = "".join(element.itertext()).strip()
    return text.translate(_RAISED) if text.isdecimal() else text


def cell_text(cell: Any, left_out: Callable[[Any, str], bool]) -> str:
    """Return what a reader sees of a cell, as one line; `left_out` says of an element what not."""
    parts: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end", "comment"))
    for event, element in walk:
        inner = element is not cell
        if event == "start":
            tag = element.tag.lower()
            parts.append(" " if inner and tag in _APART else "")
            if inner and (tag in SILENT or left_out(element, tag)):
                walk.skip_subtree()
            elif inner and tag == "sup":
                parts.append(raised(element))
                walk.skip_subtree()
            else:
                parts.append((element.get("alt") if tag == "img" else element.text) or "")
        elif inner:
            parts.append(" " if event == "end" and element.tag in _APART else "")
            parts.append(element.tail or "")
    return shown("".join(parts))


def head_of(root: Any) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a page's title and metadata, by their names in lower case."""
    found = root.find(".//head/title")
    title = squash(found.text or "") if found is not None else ""
    meta = [
        (name.removeprefix("article:").removeprefix("dc."), squash(tag.get("content") or ""))
        for tag in root.iterfind(".//head/meta")
        if (name := (tag.get("name") or tag.get("property") or "").lower())
    ]
    times = [text for tag in root.iterfind(".//time") if (text := tag.get("datetime") or "")]
    if len(times) == 1:
        meta.append(("date", times[0][:10]))
    return title, tuple((name, text) for name, text in meta if text)
