"""A Word file into rows: styles tell headings, lists tell items, tables are read row by row.

The XML is read as a reader of the page sees it: insertions and moved text at their new place,
neither what was deleted nor what is hidden. What is left out or can't be read is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from recueil_qa.corpus.importing.archives import check_archive
from recueil_qa.corpus.importing.blocks import (
    Kind,
    Outline,
    Place,
    Reason,
    Row,
    Unplaced,
    repair,
    squash,
)
from recueil_qa.corpus.importing.docx_package import Package, Part, W
from recueil_qa.corpus.importing.docx_runs import FALLBACK, ParagraphReader
from recueil_qa.corpus.importing.docx_styles import Styles, number
from recueil_qa.corpus.importing.marked import bare_item, typed
from recueil_qa.corpus.importing.tables import Cell, table_rows

_NOTES = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_GONE = {f"{W}del", f"{W}moveFrom"}
_PROPERTIES = {f"{W}{name}" for name in ("pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "sdtPr")}


def read_docx(content: bytes, outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of a Word file, and all that is no part of its text.

    Raises:
        BombError, or whatever zipfile and lxml raise on damage.
    """
    check_archive(content)
    package = Package.open(content)
    main = package.main()
    reader = _Reader(package, main, outline)
    body = main.root.find(f"{W}body")
    reader.read(main.root if body is None else body)
    return tuple(typed(reader.rows, outline)), (*reader.aside, *reader.outside())


class _Reader:
    def __init__(self, package: Package, main: Part, outline: Outline) -> None:
        styles, numbering = (package.kin(main, kind) for kind in ("styles", "numbering"))
        self.rows: list[Row] = []
        self.aside: list[Unplaced] = []
        self._package = package
        self._main = main
        self._outline = outline
        self._styles = Styles(
            styles[0].root if styles else None, numbering[0].root if numbering else None
        )
        self._runs = ParagraphReader(self._styles, main)
        self._number = 0
        self._carried = ""  # the text of a paragraph whose end was deleted
        self._called: dict[tuple[str, str], Place] = {}

    def read(self, element: Any) -> None:
        """Read what stands in a body, a cell, a box or a content control."""
        for child in element:
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in _GONE:
                self._lose("deleted", _whole_text(child))
            elif child.tag == f"{W}altChunk":
                self._lose("unread", self._runs.target(child, "altChunk"))
            elif child.tag.endswith(("}oMathPara", "}oMath")):
                self._lose("unread", _whole_text(child))
            elif child.tag not in _PROPERTIES and child.tag != FALLBACK:
                self.read(child)

    def _lose(self, reason: Reason, text: str) -> None:
        text = squash(repair(text))
        if text:
            self.aside.append(Unplaced(Place("paragraph", max(1, self._number)), text, reason))

    def _paragraph(self, paragraph: Any) -> None:
        self._number += 1
        place = Place("paragraph", self._number)
        found = self._runs.read(paragraph)
        for reason, lost in found.lost:
            self._lose(reason, lost)
        for called in found.called:
            self._called.setdefault(called, place)
        text, self._carried = self._carried + found.text, ""
        if found.goes_on:
            self._carried = text
        else:
            self._add(paragraph, text, place)
        for box in found.boxes:
            self.read(box)

    def _add(self, paragraph: Any, text: str, place: Place) -> None:
        kind, level = self._styles.paragraph(paragraph)
        pieces = [repair(piece) for piece in text.split("\n")]
        if kind == "heading":
            pieces = [" ".join(pieces)]
        for piece in pieces:
            if not squash(piece):
                continue
            if kind == "item" and self._outline.whole(piece):
                self.rows.append(Row(piece, place))
            elif kind == "item":
                self.rows.append(Row(bare_item(piece), place, "item", level))
            else:
                self.rows.append(Row(piece, place, cast("Kind", kind), level))

    def _table(self, table: Any) -> None:
        lines: list[list[Cell]] = []
        headers = 0
        for row in _within(table, "tr"):
            if any(row.find(f"{W}trPr/{tag}") is not None for tag in _GONE):
                self._lose("deleted", _whole_text(row))
                continue
            if row.find(f"{W}trPr/{W}hidden") is not None:
                self._lose("hidden", _whole_text(row))
                continue
            if row.find(f"{W}trPr/{W}tblHeader") is not None and headers == len(lines):
                headers += 1
            lines.append(self._line(row, lines[-1] if lines else []))
        self.rows += table_rows(lines, headers, self._outline)

    def _line(self, row: Any, above: list[Cell]) -> list[Cell]:
        before = row.find(f"{W}trPr/{W}gridBefore")
        cells = [Cell(span=number(before))] if before is not None and number(before) else []
        for each in _within(row, "tc"):
            properties = each.find(f"{W}tcPr")
            span = merged = None
            if properties is not None:
                span, merged = (properties.find(f"{W}{tag}") for tag in ("gridSpan", "vMerge"))
            cell = Cell(span=max(1, number(span)) if span is not None else 1)
            kept, self.rows = self.rows, []
            self.read(each)
            cell.rows, self.rows = self.rows, kept
            cell.nested = next(each.iter(f"{W}tbl"), None) is not None
            cell.strong = self._runs.is_strong(each)
            if merged is not None and merged.get(f"{W}val") != "restart" and not cell.rows:
                cell.rows = _above(above, sum(c.span for c in cells))
            cells.append(cell)
        return cells

    def outside(self) -> Iterator[Unplaced]:
        """Yield what stands outside of the text: headers, footers, notes, comments."""
        if self._carried:
            yield Unplaced(Place("paragraph", self._number), squash(self._carried), "deleted")
        for kind in ("header", "footer"):
            for part in self._package.kin(self._main, kind):
                for at, paragraph in enumerate(part.root.iter(f"{W}p"), 1):
                    yield from self._told(paragraph, Place("paragraph", at), "running")
        for kind, tag in _NOTES.items():
            for part in self._package.kin(self._main, kind):
                for note in part.root.iter(f"{W}{tag}"):
                    place = self._called.get((tag, note.get(f"{W}id") or ""))
                    for at, paragraph in enumerate(note.iter(f"{W}p"), 1):
                        yield from self._told(paragraph, place or Place("paragraph", at), "note")

    def _told(self, paragraph: Any, place: Place, reason: Reason) -> Iterator[Unplaced]:
        text = squash(repair(self._runs.read(paragraph).text))
        if text:
            yield Unplaced(place, text, reason)


def _above(cells: list[Cell], column: int) -> list[Row]:
    """Return what the cell above holds, of one that is merged with it."""
    at = 0
    for cell in cells:
        if at == column:
            return cell.rows
        at += cell.span
    return []


def _within(element: Any, tag: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, also within content controls."""
    for child in element:
        if child.tag == f"{W}{tag}":
            yield child
        elif child.tag not in _PROPERTIES and child.tag != f"{W}tbl":
            yield from _within(child, tag)


def _whole_text(element: Any) -> str:
    wanted = ("}t", "}delText")
    return " ".join(each.text or "" for each in element.iter() if str(each.tag).endswith(wanted))
