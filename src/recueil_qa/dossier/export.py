"""A note as Markdown or as a Word file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from recueil_qa.dossier.note import BULLETS, HEADINGS, Block, Note, Spans

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

LOCALES = {"fr": "fr-FR", "en": "en-GB"}
COLUMN_WIDTHS = (52, 40, 25, 22, 31)  # millimetres: A4 less margins of 20

MARKDOWN_MARKS = {
    **{style: "#" * level + " " for level, style in enumerate(HEADINGS, 1)},
    **{style: "  " * depth + "- " for depth, style in enumerate(BULLETS)},
    "Intense Quote": "> ",
    "Normal": "",
}


_MARKUP = re.compile(r"[\\`*_\[\]<>#|~]|&(?=[#\w])")
_LINE_START = re.compile(r"^(\s*)(?:([-+=:])|([0-9]+)([.)]))", re.MULTILINE)


def to_markdown(note: Note) -> str:
    """Write a note in Markdown (CommonMark, with one table); no text in it acts as markup."""
    parts = [_markdown_blocks(note.before)]
    if note.rows:
        head, *rows = (" | ".join(map(_markdown_cell, row)) for row in note.rows)
        lines = (head, " | ".join(["---"] * len(note.rows[0])), *rows)
        parts.append("\n".join(f"| {line} |" for line in lines))
        parts.append(_markdown_blocks(note.after))
    return "\n\n".join(parts) + "\n"


def to_docx(note: Note) -> bytes:
    """Write a note as a Word file, of A4 pages; the same note gives the same bytes."""
    from docx import Document

    document = Document()
    _set_up(document, note)
    _add_blocks(document, note.before)
    if note.rows:
        _add_table(document, note.rows)
        _add_blocks(document, note.after)
    return _packed(document)


def _markdown_blocks(blocks: Iterable[Block]) -> str:
    parts: list[str] = []
    for is_list, group in groupby(blocks, key=lambda block: block.style in BULLETS):
        texts = [MARKDOWN_MARKS[b.style] + _markdown_paragraph(b.spans) for b in group]
        parts.append(("\n" if is_list else "\n\n").join(texts))
    return "\n\n".join(parts)


def _markdown_paragraph(spans: Spans) -> str:
    escaped = _LINE_START.sub(r"\1\3\\\2\4", _markdown_cell(spans))
    return escaped.replace("\n", "\\\n")


def _markdown_cell(spans: Spans) -> str:
    return "".join(_MARKUP.sub(r"\\\g<0>", span.text) for span in spans)


def _set_up(document: Document, note: Note) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    locale = LOCALES[note.language]
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(20)
    styles, settings = document.styles.element, document.settings.element
    for mark in (*styles.xpath("w:docDefaults//w:lang"), *settings.xpath("w:themeFontLang")):
        mark.set(qn("w:val"), locale)
    properties = document.core_properties
    properties.title = note.title[:255]  # the most that a property may hold
    properties.author = properties.last_modified_by = "recueil-qa"
    properties.language = locale
    properties.comments = ""
    properties.created = properties.modified = datetime(note.day.year, note.day.month, note.day.day)


def _add_blocks(document: Document, blocks: Iterable[Block]) -> None:
    for block in blocks:
        paragraph = document.add_paragraph(style=block.style)
        if block.style == "Intense Quote":
            # It stays on one page with its source.
            paragraph.paragraph_format.keep_with_next = True
        _add_runs(paragraph, block.spans)


def _add_table(document: Document, rows: Sequence[Sequence[Spans]]) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    table = document.add_table(0, len(COLUMN_WIDTHS), "Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, COLUMN_WIDTHS, strict=True):
        column.width = Mm(width)
    for number, spans_of_row in enumerate(rows):
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, spans in zip(row.cells, spans_of_row, strict=True):
            _add_runs(cell.paragraphs[0], spans, bold=number == 0)


def _add_runs(paragraph: Paragraph, spans: Spans, bold: bool = False) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for span in spans:
        run = paragraph.add_run(span.text)
        if bold:
            run.bold = True
        if span.language:
            # Else a spell checker reads a French quotation as English, or the reverse.
            mark = OxmlElement("w:lang")
            mark.set(qn("w:val"), LOCALES[span.language])
            run._r.get_or_add_rPr().append(mark)


def _packed(document: Document) -> bytes:
    """Save with no time of day in the archive: the same note gives the same bytes."""
    draft, packed = BytesIO(), BytesIO()
    document.save(draft)
    with ZipFile(draft) as source, ZipFile(packed, "w") as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name), source.read(name), ZIP_DEFLATED)
    return packed.getvalue()
