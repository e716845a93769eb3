"""A PDF's lines into rows: positions and fonts tell headings, lists and paragraphs.

What repeats at the top or the bottom of pages is set aside. Sizes are in points.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, Outline, Place, Reason, Row, Unplaced
from recueil_qa.corpus.importing.marked import minuses
from recueil_qa.corpus.importing.pdf_cells import with_tables
from recueil_qa.corpus.importing.pdf_columns import SLACK, Edges, edges
from recueil_qa.corpus.importing.pdf_lines import Page, PdfLine, breadth, read_pages
from recueil_qa.corpus.importing.raised import called
from recueil_qa.corpus.list_marks import list_mark

MARGIN_LINES = 3  # of a page, at its top and at its bottom, that may be running
HEADING = 1.08  # times the size of the text
SMALL = 0.92  # times the size of the text: footnotes are below
WIDEST = 1.9  # ems between the lines of one paragraph
APART = 1.35  # times the usual distance of two lines
_NOTE = re.compile(r"\W*(\d{1,3}|[*†‡])")
_PAGE_NUMBER = re.compile(r"^\W*(?:page|p\.?)?\s*\d{1,4}(?:\s*(?:/|sur|of)\s*\d{1,4})?\W*$", re.I)


def read_pdf(content: bytes, outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of a PDF, and what is no part of its text: headers, notes, hidden text.

    Raises:
        ScannedError, EncryptedError, TooLargeError, DamagedError
    """
    return as_rows(read_pages(content), outline)


def as_rows(read: list[Page], outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of pages, and what is no part of their text."""
    pages = [page.lines for page in read]
    apart: dict[int, Reason] = dict.fromkeys(_running(pages, outline), "running")
    apart |= dict.fromkeys(_notes(read, apart), "note")
    aside = [
        Unplaced(Place("page", line.page, line.number), line.text, apart[id(line)])
        for lines in pages
        for line in lines
        if id(line) in apart
    ]
    aside += [
        Unplaced(Place("page", number, line), text, reason)
        for number, page in enumerate(read, 1)
        for reason, text, line in page.aside
    ]
    lines = [line for lines in pages for line in lines if id(line) not in apart]
    return tuple(_Rows(lines, outline).read()), tuple(aside)


def _notes(pages: list[Page], apart: dict[int, Reason]) -> set[int]:
    """Return the ids of the lines of footnotes: small, at the foot of a page that calls them."""
    body = _most_common((line.size, len(line.text)) for page in pages for line in page.lines)
    found: set[int] = set()
    for page in pages:
        marks = {called(text) for reason, text, _ in page.aside if reason == "raised"}
        small: list[PdfLine] = []
        for line in sorted(page.lines, key=lambda line: line.y):
            if id(line) in apart or line.cell:
                continue
            if line.size > SMALL * body:
                break
            small.append(line)
        noted = False
        for line in reversed(small):
            mark = _NOTE.match(line.text)
            noted = noted or bool(mark and mark[1] in marks)
            if noted:
                found.add(id(line))
    return found


def _running(pages: list[list[PdfLine]], outline: Outline) -> set[int]:
    """Return the ids of the lines that many pages have at the same height, from their edges on."""
    found: set[int] = set()
    filled = [lines for lines in pages if lines]
    wanted = max(2, round(0.3 * len(filled)))
    for upwards in (True, False):
        edges = [sorted(lines, key=lambda line: line.y, reverse=upwards) for lines in filled]
        seen: dict[tuple[str, int], list[PdfLine]] = defaultdict(list)
        for lines in edges:
            for line in lines[:MARGIN_LINES]:
                seen[_shape(line)].append(line)
        for lines in edges:
            for line in lines[:MARGIN_LINES]:
                numbered = len(line.text) < 40 and _PAGE_NUMBER.match(line.text)
                count = len({twin.page for twin in seen[_shape(line)]})
                if line.cell:
                    break
                whole = outline.whole(line.text) or outline.begins(line.text)
                if (whole and not numbered) or (count < wanted and not numbered):
                    break
                found.add(id(line))
    return found


def _shape(line: PdfLine) -> tuple[str, int]:
    return re.sub(r"\d+", "0", line.text), round(line.y / 6)


class _Rows:
    """The lines of all pages, with what their usual size, distance and edges tell."""

    def __init__(self, all_lines: list[PdfLine], outline: Outline) -> None:
        self._told = list(with_tables(all_lines, outline))
        self._outline = outline
        self._body = _most_common((line.size, len(line.text)) for line in all_lines)
        lines = [each for each in self._told if isinstance(each, PdfLine)]
        text = [line for line in lines if line.size <= self._body * HEADING]
        sizes = {(line.size, line.bold) for line in lines if self._is_heading(line)}
        ranked = sorted(sizes, reverse=True)
        self._levels = {size: level for level, size in enumerate(ranked, 1)}
        self._minus = minuses(
            [
                None if self._is_heading(line) or outline.whole(line.text) else line.text
                for line in lines
            ]
        )
        self._leading = {
            size: _most_common((round(distance, 1), 1) for distance in distances)
            for size, distances in _distances(lines).items()
        }
        # Pages of a bound booklet have their margins mirrored.
        self._edges = {side: edges([t for t in text if t.page % 2 == side]) for side in (0, 1)}

    def read(self) -> Iterator[Row]:
        previous: PdfLine | None = None
        marked: float | None = None  # where the mark of the list item stands that is being read
        indents: list[float] = []
        at = -1
        for line in self._told:
            if not isinstance(line, PdfLine):
                yield from line
                previous, marked, indents = None, None, []
                continue
            at += 1
            place = Place("page", line.page, line.number)
            heading = self._is_heading(line)
            whole, begins = self._outline.whole(line.text), self._outline.begins(line.text)
            item = None if heading or whole or begins else _item(line.text)
            if item is not None and at in self._minus:
                item = line.text
            if heading:
                level = self._levels[line.size, line.bold]
                goes_on = (
                    previous is not None
                    and not (whole or begins or self._outline.whole(previous.text))
                    and (previous.size, previous.bold) == (line.size, line.bold)
                    and line.page == previous.page
                    and 0 < previous.y - line.y < 1.6 * line.size
                )
                yield Row(line.text, place, "heading", level, continues=goes_on)
                marked, indents = None, []
            elif item is not None or (
                not (whole or begins)
                and not self._goes_on(previous, line, marked)
                and self._is_indented(line)
            ):
                while indents and line.x < indents[-1] - 0.5 * line.size:
                    indents.pop()
                if not indents or line.x > indents[-1] + 0.5 * line.size:
                    indents.append(line.x)
                yield Row(item or line.text, place, "item", len(indents))
                marked = line.x if item is not None else None
            else:
                goes_on = not (whole or begins) and self._goes_on(previous, line, marked)
                yield Row(line.text, place, continues=goes_on)
                if not goes_on:
                    marked, indents = None, []
            previous = line

    def _is_indented(self, line: PdfLine) -> bool:
        return line.x - self._edge(line)[0] > 1.5 * self._body

    def _edge(self, line: PdfLine) -> Edges:
        """Return where the text of a line's column begins and ends."""
        found = self._edges[line.page % 2]
        return next((each for each in reversed(found) if line.x >= each[0] - SLACK), found[0])

    def _is_heading(self, line: PdfLine) -> bool:
        if not any(character.isalpha() for character in line.text):
            return False
        if line.size > self._body * HEADING:
            return True
        short = len(line.text) < 120
        return line.bold and line.size >= self._body * 0.98 and short

    def _goes_on(self, before: PdfLine | None, line: PdfLine, marked: float | None) -> bool:
        """Return whether a line of text goes on with the one before."""
        if before is None or self._outline.whole(before.text) or self._is_heading(before):
            return False
        em = max(line.size, 1.0)
        text = line.text
        full = before.right + breadth(" " + text.split()[0]) * em > 0.94 * self._edge(before)[1]
        lower = text[0].islower() or before.text.endswith(("-", SOFT_HYPHEN, ","))
        lower = lower or text[0] in "%)" or (text[0].isdigit() and before.text[-1].isalnum())
        next_column = line.y - before.y > 3 * em and line.x > before.x + 5 * em
        if line.page != before.page or next_column:
            return lower and not before.text.endswith((".", "!", "?", ":"))
        distance = before.y - line.y
        usual = min(self._leading.get(line.size) or 1.2 * em, WIDEST * em)
        if distance <= 0 or distance > APART * usual or abs(line.size - before.size) > 1:
            return False
        if marked is not None and line.x > marked + 0.3 * em:
            return line.x <= marked + 4 * em
        unfinished = lower and not before.text.endswith((".", "!", "?", ":", ";"))
        # Of items whose mark is drawn, nothing but a capital tells the next one.
        drawn = marked is None and self._is_indented(before)
        likely = (full and lower) if drawn else (full or unfinished)
        return likely and line.x <= before.x + 0.8 * em


def _distances(lines: list[PdfLine]) -> dict[float, list[float]]:
    found: dict[float, list[float]] = defaultdict(list)
    for before, after in pairwise(lines):
        distance = before.y - after.y
        if (
            before.page == after.page
            and before.size == after.size
            and 0 < distance < 3 * after.size
        ):
            found[after.size].append(distance)
    return found


def _most_common(weighted: Iterable[tuple[float, int]]) -> float:
    counts: Counter[float] = Counter()
    for value, weight in weighted:
        counts[value] += weight
    return min(counts, key=lambda value: (-counts[value], value)) if counts else 0.0


def _item(text: str) -> str | None:
    found = list_mark(text)
    if found:
        return found[1]
    # Word's second bullet is an "o" of a typewriter font.
    return text[2:] if re.match(r"o \S", text) else None
