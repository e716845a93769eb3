"""HTML into blocks of text, as a reader sees it: no markup, menus, scripts or hidden text.

lxml is taken since its elements know their lines. Markdown comes through here too, as the HTML
that it makes, with the lines of its source in `data-rq` and in comments (`rq:12`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from recueil_qa.corpus.importing.blocks import Block, Kind, Place, squash
from recueil_qa.corpus.importing.pages.page import Aside, PageError, Read, Why
from recueil_qa.corpus.importing.pages.seen import (
    BLOCKS,
    FRAME,
    SILENT,
    STRUCK,
    around,
    cell_text,
    head_of,
    is_around,
    is_back,
    is_call,
    is_hidden,
    kinds_of,
    main_part,
    number_in,
    raised,
    shown,
)
from recueil_qa.messages import Text

MARK = "data-rq"
NOTE = "rq:"
DEEPEST = 200
MAX_BLOCKS = 50_000
_INLINE = frozenset(("img", "br", "sup"))
_HEADING = re.compile(r"h([1-6])")
_NOTE_CALL = re.compile(r"footnote-ref|noteref|footnote-reference|sdfootnoteanc")
_NOTE_BACK = re.compile(r"footnote-back|reversefootnote|footnote-backref|fn-backref")
_NOTES = re.compile(r"(?:^|\s)(?:footnotes|doc-endnotes)(?:\s|$)")
_DEEP = Text(
    f"plus de {DEEPEST} éléments les uns dans les autres", f"over {DEEPEST} elements in another"
)


def read_html(text: str, marked: bool = False) -> Read:
    """Read a page; `marked` when it was made of Markdown, with the lines of that.

    Raises:
        PageError: it nests or holds more than any page does.
    """
    if not text.strip():
        return Read((), ())
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False, remove_pis=True)
    try:
        root: Any = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        root = None
    if root is None:
        return Read((), ())
    walker = _Walker(marked)
    title, meta = head_of(root)
    body = root.find("body") if root.tag == "html" else root
    start = body if body is not None else root
    walker.read(start)
    blocks = (*walker.blocks, *_notes(walker.notes))
    return Read(blocks, tuple(walker.aside), title, meta, root.get("lang") or "")


def _notes(notes: list[Block]) -> Iterator[Block]:
    if notes:
        yield Block("heading", "Notes", notes[0].places, 2)
        yield from notes


class _Walker:
    """Blocks, gathered over the elements of a page."""

    def __init__(self, marked: bool) -> None:
        self.blocks: list[Block] = []
        self.notes: list[Block] = []
        self.aside: list[Aside] = []
        self._marked = marked
        self._offset = 0  # of the lines of raw HTML within Markdown
        self._line = 1
        self._text: list[str] = []
        self._begun = 0
        self._kind: Kind = "paragraph"
        self._level = 0
        self._depth = 0  # of lists within lists
        self._mark = ""
        self._out = self.blocks

    def read(self, start: Any) -> None:
        main = start if self._marked else main_part(start)
        if main is not start:
            for child in start:
                if isinstance(child.tag, str) and child is not main and main not in child.iter():
                    self._leave("navigation", child)
        self._children(main, 0)
        self._flush()

    def _children(self, element: Any, depth: int) -> None:
        if depth > DEEPEST:
            raise PageError(_DEEP, self._line)
        self._add(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child, depth + 1)
            elif child.tag is etree.Comment:
                self._comment(child)
            self._add(child.tail)

    def _comment(self, comment: Any) -> None:
        text = squash(comment.text or "")
        if self._marked and text.startswith(NOTE):
            self._line = number_in(text.removeprefix(NOTE))
            self._offset = self._line - (comment.sourceline or 0)
        elif text:
            self.aside.append(Aside("comment", text, self._line))

    def _element(self, element: Any, depth: int) -> None:
        tag = element.tag.lower()
        self._place(element)
        if tag in SILENT or self._left_out(element, tag):
            return
        heading = _HEADING.fullmatch(tag)
        if tag in _INLINE:
            self._inline(element, tag)
        elif heading or tag in BLOCKS:
            self._flush()
            if heading:
                self._within(element, depth, "heading", int(heading[1]))
            elif _NOTES.search(kinds_of(element)) and tag in {"section", "div", "aside"}:
                before, self._out = self._out, self.notes
                self._children(element, depth)
                self._flush()
                self._out = before
            else:
                self._whole(element, tag, depth)
            self._flush()
        else:
            self._children(element, depth)

    def _left_out(self, element: Any, tag: str) -> bool:
        """Leave out what a reader does not see, and what is around a page; told but for calls."""
        kinds = kinds_of(element)
        if (tag == "a" and (_NOTE_BACK.search(kinds) or is_back(element))) or (
            _NOTE_CALL.search(kinds) or (tag == "sup" and is_call(element))
        ):
            return True
        why: Why | None = None
        if tag in STRUCK:
            why = "struck"
        elif is_hidden(element):
            why = "hidden"
        elif (
            tag in FRAME and not (tag == "footer" and around(element, "blockquote") is not None)
        ) or (tag in BLOCKS and not self._marked and is_around(element)):
            why = "navigation"
            self._flush()
        if why:
            self._leave(why, element)
        return why is not None

    def _inline(self, element: Any, tag: str) -> None:
        if tag == "img":
            self._add(element.get("alt"))
        elif tag == "sup":
            self._add(raised(element))
        elif self._kind == "paragraph":
            self._flush()
        else:
            self._text.append(" ")

    def _whole(self, element: Any, tag: str, depth: int) -> None:
        if tag == "table":
            self._table(element)
        elif tag == "pre":
            for row in "".join(element.itertext()).split("\n"):
                self._add(row)
                self._flush()
                self._line += 1
        elif tag in {"ul", "ol", "dl"}:
            self._list(element, tag, depth)
        else:
            self._children(element, depth)

    def _within(self, element: Any, depth: int, kind: Kind, level: int, mark: str = "") -> None:
        """Read an element as one block; further paragraphs of an item are items below it."""
        before = self._kind, self._level, self._mark
        self._kind, self._level, self._mark = kind, level, mark
        self._children(element, depth)
        self._flush()
        self._kind, self._level, self._mark = before

    def _list(self, element: Any, tag: str, depth: int) -> None:
        outer, self._depth = self._depth, self._depth + 1
        level = self._depth
        number = number_in(element.get("start"))
        for child in element:
            if not isinstance(child.tag, str):
                if child.tag is etree.Comment:
                    self._comment(child)
                continue
            self._place(child)
            mark = f"{number}. " if tag == "ol" and self._out is self.blocks else ""
            number += child.tag == "li"
            if child.tag in {"li", "dt", "dd"} and self._left_out(child, child.tag):
                continue
            if child.tag == "li":
                self._within(child, depth + 1, "item", level, mark)
            elif child.tag == "dd":
                self._within(child, depth + 1, "item", level)
            elif child.tag == "dt" and self._kind != "item":
                self._within(child, depth + 1, "paragraph", 0)
            else:
                self._element(child, depth + 1)
        self._depth = outer

    def _table(self, table: Any) -> None:
        """Give each row as a line, its cells after their headers."""
        headers: list[str] = []
        for caption in table.iterchildren("caption"):
            if not self._left_out(caption, "caption"):
                self._emit(cell_text(caption, self._left_out), "paragraph", 0)
        groups = table.iterchildren("thead", "tbody", "tfoot")
        unseen = [group for group in groups if self._left_out(group, group.tag)]
        for i, row in enumerate(table.iter("tr")):
            self._place(row)
            elsewhere = around(row, "table") is not table or row.getparent() in unseen
            if elsewhere or self._left_out(row, "tr"):
                continue
            cells = [c for c in row if c.tag in {"td", "th"} and not self._left_out(c, c.tag)]
            texts = [cell_text(cell, self._left_out) for cell in cells]
            heads = bool(cells) and all(cell.tag == "th" for cell in cells)
            if heads and (i == 0 or row.getparent().tag == "thead") and len(cells) > 1:
                headers = texts
                continue
            if not headers:
                for text in texts:
                    self._emit(text, "paragraph", 0)
                continue
            named = [
                f"{headers[at]}: {text}" if at < len(headers) and headers[at] else text
                for at, text in enumerate(texts)
                if text
            ]
            self._emit("; ".join(named), "item", 1)

    def _place(self, element: Any) -> None:
        said = element.get(MARK)
        if said:
            self._line = number_in(said)
        elif not self._marked or self._offset:
            self._line = max(1, (element.sourceline or 1) + self._offset)
        if said:
            self._offset = 0

    def _add(self, text: str | None) -> None:
        if text:
            if not self._text or not "".join(self._text).strip():
                self._begun = self._line
            self._text.append(text)

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text = []
        if not text.strip():
            return
        kind, level = self._kind, self._level
        self._emit(self._mark + text, kind, level, self._begun)
        self._mark = ""
        if kind == "item" and self._out and self._out[-1].level == level:
            # What follows within the item stands below it.
            self._level = level + 1

    def _emit(self, text: str, kind: Kind, level: int, line: int = 0) -> None:
        text = shown(text)
        if not text:
            return
        if len(self.blocks) + len(self.notes) > MAX_BLOCKS:
            raise PageError(
                Text("plus de lignes qu'aucune page", "more lines than any page has"), self._line
            )
        self._out.append(Block(kind, text, (Place("line", line or self._line),), level))

    def _leave(self, why: Why, element: Any) -> None:
        text = shown(" ".join(element.itertext()))
        if text:
            self.aside.append(Aside(why, text, self._line))
