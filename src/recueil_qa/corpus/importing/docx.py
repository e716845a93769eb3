"""A Word file into rows: styles tell headings, numbering tells lists, tables are read by cells.

The document's XML is walked whole, since python-docx passes over text boxes, content controls
and tracked insertions.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from recueil_qa.corpus.importing.blocks import Outline, Place, Row, Unplaced, repair, squash
from recueil_qa.corpus.list_marks import list_mark

MAX_UNPACKED = 200_000_000
MAX_XML = 30_000_000
MAX_RATIO = 200
MAX_FILES = 5_000
CHUNK = 1 << 20
_HEADING = re.compile(r"^(?:heading|titre) (\d)$", re.IGNORECASE)
_LIST = re.compile(
    r"^list (?:bullet|number|continue|paragraph)? ?(\d)?$|^liste à puces ?(\d)?$", re.I
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class BombError(Exception):
    """The file unfolds into more than any booklet holds, or declares entities."""


def check_archive(content: bytes) -> None:
    """Check what a ZIP file unfolds into, as declared and as read, and each file's checksum.

    Raises:
        BombError: more than a booklet holds. zipfile.BadZipFile and others: it is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = archive.infolist()
        declared = sum(info.file_size for info in files)
        xml = sum(info.file_size for info in files if info.filename.endswith((".xml", ".rels")))
        if len(files) > MAX_FILES or declared > min(MAX_UNPACKED, MAX_RATIO * len(content)):
            raise BombError
        if xml > MAX_XML:
            raise BombError
        unpacked = 0
        for info in files:
            head = b""
            with archive.open(info) as stream:
                while chunk := stream.read(CHUNK):
                    unpacked += len(chunk)
                    head = head or chunk
                    if unpacked > declared:
                        raise BombError
            if info.filename.endswith((".xml", ".rels")) and b"<!" + b"DOCTYPE" in head:
                raise BombError


def read_docx(content: bytes, outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of a Word file, and its notes, headers and footers."""
    check_archive(content)
    document = Document(io.BytesIO(content))
    tree = document.element.getroottree()
    if tree.docinfo.doctype:
        raise BombError
    styles = {style.style_id: style for style in document.styles}
    rows: list[Row] = []
    for number, paragraph in enumerate(_paragraphs(document.element.body), 1):
        place = Place("paragraph", number)
        kind, level = _kind(paragraph, styles)
        pieces = [repair(piece) for piece in _text(paragraph).split("\n")]
        if kind == "heading":
            pieces = [" ".join(pieces)]
        for piece in pieces:
            if not squash(piece):
                continue
            if outline.whole(piece) and kind == "item":
                rows.append(Row(piece, place))
                continue
            typed = None if kind == "heading" or outline.begins(piece) else list_mark(piece)
            if typed:
                depth = level if kind == "item" else 1 + typed[0] // 4
                rows.append(Row(typed[1], place, "item", depth))
            else:
                rows.append(Row(piece, place, kind, level))  # type: ignore[arg-type]
    return tuple(rows), tuple(_aside(document))


def _paragraphs(body: Any) -> Iterator[Any]:
    for paragraph in body.iter(f"{_W}p"):
        # Word writes a text box twice: as it is, and as older versions draw it.
        if not any(parent.tag == _FALLBACK for parent in paragraph.iterancestors()):
            yield paragraph


def _text(paragraph: Any) -> str:
    """Return a paragraph's own text: not that of boxes within it, nor deleted text."""
    out: list[str] = []

    def walk(element: Any) -> None:
        for child in element:
            if child.tag == f"{_W}t":
                out.append(child.text or "")
            elif child.tag in {f"{_W}tab", f"{_W}ptab"}:
                out.append("\t")
            elif child.tag in {f"{_W}br", f"{_W}cr"}:
                out.append("\n")
            elif child.tag == f"{_W}noBreakHyphen":
                out.append("-")
            elif child.tag not in {f"{_W}p", f"{_W}pPr", f"{_W}rPr", _FALLBACK}:
                walk(child)

    walk(paragraph)
    return "".join(out)


def _kind(paragraph: Any, styles: dict[str, Any]) -> tuple[str, int]:
    """Return what a paragraph is, and its level."""
    properties = paragraph.find(f"{_W}pPr")
    named = properties.find(f"{_W}pStyle") if properties is not None else None
    style = styles.get(named.get(qn("w:val"))) if named is not None else None
    outline = properties.find(f"{_W}outlineLvl") if properties is not None else None
    numbering = properties.find(f"{_W}numPr") if properties is not None else None
    depth = 0
    while style is not None:
        found = _HEADING.match(style.name or "")
        if found:
            return "heading", int(found[1])
        if (style.name or "").lower() in {"title", "titre"}:
            return "heading", 1
        listed = _LIST.match(style.name or "")
        if listed and (style.name or "").lower() != "list paragraph":
            depth = depth or int(listed[1] or listed[2] or 1)
        own = style.element.find(f"{_W}pPr")
        if own is not None:
            outline = own.find(f"{_W}outlineLvl") if outline is None else outline
            numbering = own.find(f"{_W}numPr") if numbering is None else numbering
        style = getattr(style, "base_style", None)
    if outline is not None and _number(outline) < 9:
        return "heading", _number(outline) + 1
    if numbering is not None:
        list_id, level = numbering.find(f"{_W}numId"), numbering.find(f"{_W}ilvl")
        if list_id is None or _number(list_id) != 0:  # 0: no list after all
            return "item", max(depth, 1 + (_number(level) if level is not None else 0))
    return ("item", depth) if depth else ("paragraph", 0)


def _number(element: Any) -> int:
    text = element.get(qn("w:val")) or ""
    return int(text) if text.isdecimal() else 0


def _aside(document: Any) -> Iterator[Unplaced]:
    """Yield what stands outside of the text: headers, footers, footnotes, endnotes, comments."""
    for part in document.part.package.iter_parts():
        name = str(part.partname)
        found = re.search(r"/word/(header|footer|footnotes|endnotes|comments)\d*\.xml$", name)
        if found:
            root = parse_xml(part.blob)
            reason = "running" if found[1] in {"header", "footer"} else "note"
            for number, paragraph in enumerate(root.iter(f"{_W}p"), 1):
                text = squash(repair(_text(paragraph)))
                if text:
                    yield Unplaced(Place("paragraph", number), text, reason)  # type: ignore[arg-type]
