"""A dossier as a note to hand over, in Markdown or Word: quotations, sources, an action plan.

The note is composed once, as blocks named by Word's own styles, then written in either format.
Practices' contacts are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from recueil_qa.dossier import Entry
from recueil_qa.errors import Language
from recueil_qa.types import CollectionInfo, Practice

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

LOCALES = {"fr": "fr-FR", "en": "en-GB"}
COLUMN_WIDTHS = (52, 40, 25, 22, 31)  # millimetres: A4 less margins of 20

MONTHS: dict[Language, str] = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Mon dossier de bonnes pratiques", "My file of best practices"),
    "made": ("Établi le {}", "Made on {}"),
    "quote": ("«\u00a0{}\u00a0»", "“{}”"),
    "question": ("Question posée\u00a0: ", "Question asked: "),
    "kept": ("Conseils et pratiques retenus", "Advice and practices kept"),
    "nothing": ("Rien n'est encore retenu.", "Nothing is kept yet."),
    "line": ("ligne {}", "line {}"),
    "page": ("page {}", "page {}"),
    "note": ("Note\u00a0: ", "Note: "),
    "plan": ("Plan d'action", "Action plan"),
    "columns": (
        "Action (conseil retenu)|Source|Responsable|Échéance|Note",
        "Action (advice kept)|Source|Owner|Due date|Note",
    ),
    "sources": ("Sources", "Sources"),
}

BULLETS = ("List Bullet", "List Bullet 2", "List Bullet 3")
HEADINGS = ("Title", "Heading 1", "Heading 2", "Heading 3")
MARKDOWN_MARKS = {
    **{style: "#" * level + " " for level, style in enumerate(HEADINGS, 1)},
    **{style: "  " * depth + "- " for depth, style in enumerate(BULLETS)},
    "Intense Quote": "> ",
    "Normal": "",
}

_BREAK = re.compile("\r\n?|[\n\v\f\x85\u2028\u2029]")
# What XML refuses, terminals obey, or turns the reading direction: never meant in a note.
_UNSEEN = re.compile("[\0-\b\v-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~]|&(?=[#\w])")
_LINE_START = re.compile(r"^(\s*)(?:([-+=:])|([0-9]+)([.)]))", re.MULTILINE)


def day_in_words(day: date, language: Language) -> str:
    """Return a day as people write it."""
    first = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{first} {MONTHS[language].split()[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class _Span:
    """A piece of text; `language` is a collection's, or empty for the note's own words."""

    text: str
    language: str = ""


_Spans = tuple[_Span, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph; `style` is the name of Word's style."""

    style: str
    spans: _Spans


@dataclass(frozen=True, slots=True)
class _Note:
    """The whole note: the table of rows, if there are any, stands between the blocks."""

    title: str
    day: date
    before: tuple[_Block, ...]
    rows: tuple[tuple[_Spans, ...], ...]
    after: tuple[_Block, ...]


def to_markdown(
    entries: Sequence[Entry],
    collections: Mapping[str, CollectionInfo],
    language: Language,
    *,
    title: str = "",
    question: str = "",
    day: str,
) -> str:
    """Write the note in Markdown (CommonMark, with one table); no text in it acts as markup.

    `collections` are by id; `day` is the ISO date that the note bears.

    Raises:
        ValueError: `day` is no ISO date.
    """
    note = _Composer(collections, language).compose(entries, title, question, day)
    parts = [_markdown_blocks(note.before)]
    if note.rows:
        head, *rows = (" | ".join(map(_markdown_cell, row)) for row in note.rows)
        lines = (head, " | ".join(["---"] * len(COLUMN_WIDTHS)), *rows)
        parts.append("\n".join(f"| {line} |" for line in lines))
        parts.append(_markdown_blocks(note.after))
    return "\n\n".join(parts) + "\n"


def to_docx(
    entries: Sequence[Entry],
    collections: Mapping[str, CollectionInfo],
    language: Language,
    *,
    title: str = "",
    question: str = "",
    day: str,
) -> bytes:
    """Write the note as a Word file, of A4 pages; same arguments as `to_markdown`, same bytes.

    Raises:
        ValueError: `day` is no ISO date.
    """
    from docx import Document

    note = _Composer(collections, language).compose(entries, title, question, day)
    document = Document()
    _set_up(document, note, LOCALES[language])
    _add_blocks(document, note.before)
    if note.rows:
        _add_table(document, note.rows)
        _add_blocks(document, note.after)
    return _packed(document)


@dataclass(frozen=True, slots=True)
class _Composer:
    collections: Mapping[str, CollectionInfo]
    language: Language

    def compose(self, entries: Sequence[Entry], title: str, question: str, day: str) -> _Note:
        title = _one_line(title) or self._word("title")
        made = date.fromisoformat(day)
        told = self._word("made", day_in_words(made, self.language))
        before = [_own("Title", title), _own("Normal", told)]
        if asked := _one_line(question):
            before.append(_own("Normal", self._word("question") + self._word("quote", asked)))
        before.append(_own("Heading 1", self._word("kept")))
        if not entries:
            before.append(_own("Normal", self._word("nothing")))
            return _Note(title, made, tuple(before), (), ())
        # Entries of one practice that follow each other stand under its title once.
        for _, group in groupby(entries, key=lambda entry: entry.practice.id):
            of_practice = [*group]
            before.append(_Block("Heading 2", (self._title(of_practice[0].practice),)))
            for entry in of_practice:
                before += self._entry(entry)
        before.append(_own("Heading 1", self._word("plan")))
        head = tuple((_Span(column),) for column in self._word("columns").split("|"))
        rows = (head, *(self._row(entry) for entry in entries))
        return _Note(title, made, tuple(before), rows, tuple(self._sources(entries)))

    def _entry(self, entry: Entry) -> Iterable[_Block]:
        practice = entry.practice
        book = self._corpus(practice, self.collections[practice.collection].title)
        organisation = self._corpus(practice, practice.organisation)
        if entry.section and entry.line:
            heading = self._corpus(practice, entry.section.heading)
            line = _Span(self._word("line", entry.line.number))
            place = (self._title(practice), organisation, heading, line, self._page(practice), book)
            yield _Block("Intense Quote", self._quoted(entry))
            yield _Block("Normal", (_Span("— "), *_joined(place)))
        else:
            theme = self._corpus(practice, practice.theme)
            yield _Block("Normal", _joined((organisation, theme, self._page(practice), book)))
            yield from self._advice(practice)
        if note := _lines(entry.note):
            yield _own("Normal", self._word("note") + note)

    def _advice(self, practice: Practice) -> Iterable[_Block]:
        advice = self.collections[practice.collection].sections_for("advice")
        for section in practice.sections:
            if section.name in advice:
                yield _Block("Heading 3", (self._corpus(practice, section.heading),))
                level = 0
                for line in section.lines:
                    # A list can't begin two levels deep, nor does Word have more than three here.
                    level = min(max(line.depth, 1), level + 1, len(BULLETS))
                    yield _Block(BULLETS[level - 1], (self._corpus(practice, line.text),))

    def _row(self, entry: Entry) -> tuple[_Spans, ...]:
        practice = entry.practice
        organisation = self._corpus(practice, practice.organisation)
        title, page = self._title(practice), self._page(practice)
        if entry.line:
            action, source = self._quoted(entry), _joined((title, organisation, page))
        else:
            action, source = (title,), _joined((organisation, page))
        return action, source, (), (), (_Span(_one_line(entry.note)),)

    def _sources(self, entries: Sequence[Entry]) -> Iterable[_Block]:
        yield _own("Heading 1", self._word("sources"))
        cited = {entry.practice.id: entry.practice for entry in entries}
        by_page = sorted(cited.values(), key=lambda practice: (practice.page or 0, practice.id))
        for identifier in dict.fromkeys(entry.practice.collection for entry in entries):
            info = self.collections[identifier]
            of_collection = [p for p in by_page if p.collection == identifier]
            told = [_Span(_one_line(text), info.language) for text in (info.title, info.publisher)]
            day = date.fromisoformat(info.date) if info.date else None
            dated = _Span(day_in_words(day, self.language) if day else "")
            yield _Block(BULLETS[0], _joined((*told, dated)))
            for practice in of_collection:
                yield _Block(BULLETS[1], _joined((self._title(practice), self._page(practice))))

    def _quoted(self, entry: Entry) -> _Spans:
        opening, closing = self._word("quote").split("{}")
        text = self._corpus(entry.practice, entry.line.text if entry.line else "")
        return _Span(opening), text, _Span(closing)

    def _title(self, practice: Practice) -> _Span:
        return self._corpus(practice, practice.title)

    def _page(self, practice: Practice) -> _Span:
        return _Span("" if practice.page is None else self._word("page", practice.page))

    def _corpus(self, practice: Practice, text: str) -> _Span:
        return _Span(_one_line(text), self.collections[practice.collection].language)

    def _word(self, key: str, value: object = None) -> str:
        text = TEXTS[key][self.language == "en"]
        return text if value is None else text.format(value)


def _own(style: str, text: str) -> _Block:
    return _Block(style, (_Span(text),))


def _joined(spans: Iterable[_Span]) -> _Spans:
    told = [span for span in spans if span.text]
    return tuple(piece for span in told for piece in (_Span(" · "), span))[1:]


def _lines(text: str) -> str:
    return _UNSEEN.sub("", _BREAK.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    return _lines(text).replace("\n", " ")


def _markdown_blocks(blocks: Iterable[_Block]) -> str:
    parts: list[str] = []
    for is_list, group in groupby(blocks, key=lambda block: block.style in BULLETS):
        texts = [MARKDOWN_MARKS[b.style] + _markdown_paragraph(b.spans) for b in group]
        parts.append(("\n" if is_list else "\n\n").join(texts))
    return "\n\n".join(parts)


def _markdown_paragraph(spans: _Spans) -> str:
    escaped = _LINE_START.sub(r"\1\3\\\2\4", _markdown_cell(spans))
    return escaped.replace("\n", "\\\n")


def _markdown_cell(spans: _Spans) -> str:
    return "".join(_MARKUP.sub(r"\\\g<0>", span.text) for span in spans)


def _set_up(document: Document, note: _Note, locale: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

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


def _add_blocks(document: Document, blocks: Iterable[_Block]) -> None:
    for block in blocks:
        paragraph = document.add_paragraph(style=block.style)
        if block.style == "Intense Quote":
            # It stays on one page with its source.
            paragraph.paragraph_format.keep_with_next = True
        _add_runs(paragraph, block.spans)


def _add_table(document: Document, rows: Sequence[Sequence[_Spans]]) -> None:
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


def _add_runs(paragraph: Paragraph, spans: _Spans, bold: bool = False) -> None:
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
