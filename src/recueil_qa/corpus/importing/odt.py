"""A text of LibreOffice (ODT) into rows, as its reader sees it; the rest is set aside."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from recueil_qa.corpus.importing.archives import check_archive, parse
from recueil_qa.corpus.importing.blocks import Outline, Place, Reason, Row, Unplaced, repair, squash
from recueil_qa.corpus.importing.marked import bare_item, typed
from recueil_qa.corpus.importing.odt_styles import OFFICE, TEXT, Styles, own
from recueil_qa.corpus.importing.raised import raised, told
from recueil_qa.corpus.importing.tables import MAX_COLUMNS, Cell, table_rows

MIME = b"application/vnd.oasis.opendocument.text"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_BLOCKS = {f"{TEXT}p", f"{TEXT}h"}
_OMITTED = "[…]"
_MAX_SPACES = 100


class LockedError(Exception):
    """The file asks for a password."""


def is_odt(archive: zipfile.ZipFile) -> bool:
    """Return whether an archive is a text, or the template of one."""
    if "mimetype" not in archive.namelist() or archive.getinfo("mimetype").file_size > 1_000:
        return False
    return archive.read("mimetype").strip().startswith(MIME)


def read_odt(content: bytes, outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of an ODT file, and all that is no part of its text.

    Raises:
        BombError, LockedError, or whatever zipfile and lxml raise on damage.
    """
    check_archive(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in archive.read(manifest):
            raise LockedError
        text = parse(archive.read("content.xml"))
        common = parse(archive.read("styles.xml")) if "styles.xml" in names else None
    reader = _Reader(Styles([text] if common is None else [common, text]), outline)
    body = text.find(f"{OFFICE}body/{OFFICE}text")
    reader.read(text if body is None else body)
    aside = [*reader.aside, *(reader.running(common) if common is not None else ())]
    return tuple(typed(reader.rows, outline)), tuple(aside)


class _Reader:
    def __init__(self, styles: Styles, outline: Outline) -> None:
        self.rows: list[Row] = []
        self.aside: list[Unplaced] = []
        self._styles = styles
        self._outline = outline
        self._number = 0
        self._boxes: list[Any] = []

    def read(self, element: Any, depth: int = 0, is_item: bool = False) -> None:
        """Read what stands in a body, a section, a list, a cell or a box."""
        for child in element:
            tag = child.tag
            if tag in _BLOCKS:
                self._paragraph(child, depth, is_item)
                is_item = False  # what follows within an item has no mark of its own
            elif tag == f"{TEXT}list":
                for item in child:
                    self.read(item, depth + 1, item.tag == f"{TEXT}list-item")
            elif tag == f"{_TABLE}table":
                self._table(child)
            elif tag == f"{TEXT}tracked-changes":
                for deleted in child.iter(f"{TEXT}deletion"):
                    blocks = [each for each in deleted.iter() if each.tag in _BLOCKS]
                    self._lose("deleted", " ".join("".join(each.itertext()) for each in blocks))
            elif tag == f"{TEXT}section" and child.get(f"{TEXT}display") in {"none", "condition"}:
                self._lose("hidden", " ".join(child.itertext()))
            elif tag.startswith(_DRAW):
                self._drawing(child)
                self._empty_boxes()
            elif not tag.endswith(("-decls", "}forms", "}index-title-template")):
                self.read(child, depth, is_item)

    def running(self, styles: Any) -> Iterator[Unplaced]:
        """Yield the headers and footers."""
        for kind in ("header", "footer", "header-left", "footer-left", "header-first"):
            for part in styles.iter(f"{_STYLE}{kind}"):
                for at, block in enumerate((b for b in part.iter() if b.tag in _BLOCKS), 1):
                    text = squash(repair("".join(block.itertext())))
                    if text:
                        yield Unplaced(Place("paragraph", at), text, "running")

    def _lose(self, reason: Reason, text: str) -> None:
        text = squash(repair(text))
        if text:
            self.aside.append(Unplaced(Place("paragraph", max(1, self._number)), text, reason))

    def _paragraph(self, block: Any, depth: int, is_item: bool) -> None:
        self._number += 1
        place = Place("paragraph", self._number)
        text = self._text(block, self._styles.look(block, {}))
        level = own(block, "outline-level") if block.tag == f"{TEXT}h" else 0
        titled = level or self._styles.heading(block)
        pieces = [repair(piece) for piece in text.split("\n")]
        for piece in [" ".join(pieces)] if titled else pieces:
            if not squash(piece):
                continue
            if titled:
                self.rows.append(Row(piece, place, "heading", titled))
            elif is_item and not self._outline.whole(piece):
                self.rows.append(Row(bare_item(piece), place, "item", depth))
            else:
                self.rows.append(Row(piece, place))
        self._empty_boxes()

    def _empty_boxes(self) -> None:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self.read(box)

    def _text(self, element: Any, look: dict[str, str], before: str = "") -> str:
        """Return the text of an element: what is seen of it, and not what floats on it."""
        out = self._seen(element.text or "", look, before)
        for child in element:
            tag = child.tag
            if tag == f"{TEXT}s":
                count = child.get(f"{TEXT}c") or "1"
                out += " " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES)
            elif tag in {f"{TEXT}tab", f"{TEXT}line-break"}:
                out += "\t" if tag == f"{TEXT}tab" else "\n"
            elif tag == f"{TEXT}note":
                body = child.find(f"{TEXT}note-body")
                self._lose("note", " ".join(body.itertext()) if body is not None else "")
            elif tag == f"{OFFICE}annotation":
                paragraphs = child.iter(f"{TEXT}p")
                self._lose("note", " ".join("".join(each.itertext()) for each in paragraphs))
            elif tag in {f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph", f"{TEXT}ruby-text"}:
                self._lose(
                    "hidden", "".join(child.itertext()) or child.get(f"{TEXT}string-value") or ""
                )
            elif tag.startswith(_DRAW):
                out += self._drawing(child)
            else:
                out += self._text(child, self._styles.look(child, look), before + out)
            out += self._seen(child.tail or "", look, before + out)
        return out

    def _seen(self, raw: str, look: dict[str, str], before: str) -> str:
        text = re.sub(r"\s+", " ", raw)
        if not text.strip():
            return text
        reason = self._styles.unseen(look)
        if reason:
            self._lose(reason, text)
            return ""
        if look.get("text-position", "").startswith(("super", "3", "4", "5")):
            written = raised(before, text)
            if written is None:
                self._lose("raised", told(before, text))
            return written or ""
        return text

    def _drawing(self, drawing: Any) -> str:
        """Keep boxes for after the paragraph; return what stands in the text for the rest."""
        shown = ""
        for each in drawing.iter():
            tag = each.tag
            if tag == f"{_DRAW}text-box" or (tag in _BLOCKS and each.getparent() is drawing):
                self._boxes.append(each if tag not in _BLOCKS else drawing)
                break
            if tag in {f"{_SVG}title", f"{_SVG}desc"}:
                self._lose("picture", each.text or "")
            elif tag in {f"{_DRAW}object", f"{_DRAW}object-ole"}:
                name = each.get("{http://www.w3.org/1999/xlink}href") or ""
                self._lose("unread", f"object: {name.removeprefix('./')}".rstrip(": "))
                shown = _OMITTED
        return shown

    def _table(self, table: Any) -> None:
        lines: list[list[Cell]] = []
        headers = 0
        for row in _rows(table):
            if row.get(f"{_TABLE}visibility") in {"collapse", "filter"}:
                self._lose("hidden", " ".join(row.itertext()))
                continue
            if row.getparent().tag == f"{_TABLE}table-header-rows" and headers == len(lines):
                headers += 1
            lines.append([self._cell(each) for each in row if each.tag == f"{_TABLE}table-cell"])
        self.rows += table_rows(lines, headers, self._outline)

    def _cell(self, each: Any) -> Cell:
        cell = Cell(span=min(max(1, own(each, "number-columns-spanned")), MAX_COLUMNS))
        kept, self.rows = self.rows, []
        self.read(each)
        cell.rows, self.rows = self.rows, kept
        cell.nested = next(each.iter(f"{_TABLE}table"), None) is not None
        blocks = [
            block for block in each.iter() if block.tag in _BLOCKS and "".join(block.itertext())
        ]
        cell.strong = bool(blocks) and all(self._styles.is_bold(block) for block in blocks)
        return cell


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag.startswith(f"{_TABLE}table-") and not child.tag.endswith("column"):
            yield from _rows(child)
