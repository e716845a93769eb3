"""A PDF's lines into rows: positions and fonts tell headings, lists and paragraphs.

What repeats at the top or the bottom of pages is set aside. Sizes are in points.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, Outline, Place, Row, Unplaced
from recueil_qa.corpus.importing.pdf_lines import PdfLine, breadth, read_lines
from recueil_qa.corpus.list_marks import list_mark

MARGIN_LINES = 3  # of a page, at its top and at its bottom, that may be running
HEADING = 1.08  # times the size of the text
APART = 1.35  # times the usual distance of two lines
_PAGE_NUMBER = re.compile(r"^\W*(?:page|p\.?)?\s*\d{1,4}(?:\s*(?:/|sur|of)\s*\d{1,4})?\W*$", re.I)


def read_pdf(content: bytes, outline: Outline) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Return the rows of a PDF, and the running headers and footers.

    Raises:
        ScannedError, EncryptedError, TooLargeError, or whatever pypdf raises on damage.
    """
    pages = read_lines(content)
    running = _running(pages, outline)
    aside = tuple(
        Unplaced(Place("page", line.page, line.number), line.text, "running")
        for lines in pages
        for line in lines
        if id(line) in running
    )
    lines = [line for lines in pages for line in lines if id(line) not in running]
    return tuple(_Rows(lines, outline).read()), aside


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
                whole = outline.whole(line.text) or outline.begins(line.text)
                if (whole and not numbered) or (count < wanted and not numbered):
                    break
                found.add(id(line))
    return found


def _shape(line: PdfLine) -> tuple[str, int]:
    return re.sub(r"\d+", "0", line.text), round(line.y / 6)


class _Rows:
    """The lines of all pages, with what their usual size, distance and edges tell."""

    def __init__(self, lines: list[PdfLine], outline: Outline) -> None:
        self._lines = lines
        self._outline = outline
        self._body = _most_common((line.size, len(line.text)) for line in lines)
        text = [line for line in lines if line.size <= self._body * HEADING]
        sizes = {(line.size, line.bold) for line in lines if self._is_heading(line)}
        ranked = sorted(sizes, reverse=True)
        self._levels = {size: level for level, size in enumerate(ranked, 1)}
        self._leading = {
            size: _most_common((round(distance, 1), 1) for distance in distances)
            for size, distances in _distances(lines).items()
        }
        # Pages of a bound booklet have their margins mirrored.
        self._left = {side: _edge([t.x for t in text if t.page % 2 == side]) for side in (0, 1)}
        self._right = {
            side: max((t.right for t in text if t.page % 2 == side), default=0.0) for side in (0, 1)
        }

    def read(self) -> Iterator[Row]:
        previous: PdfLine | None = None
        marked: float | None = None  # where the mark of the list item stands that is being read
        indents: list[float] = []
        for line in self._lines:
            place = Place("page", line.page, line.number)
            heading = self._is_heading(line)
            whole, begins = self._outline.whole(line.text), self._outline.begins(line.text)
            item = None if heading or whole or begins else _item(line.text)
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
        return line.x - self._left[line.page % 2] > 1.5 * self._body

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
        full = (
            before.right + breadth(" " + text.split()[0]) * em
            > 0.94 * (self._right[before.page % 2])
        )
        lower = text[0].islower() or before.text.endswith(("-", SOFT_HYPHEN, ","))
        if line.page != before.page:
            return lower and not before.text.endswith((".", "!", "?", ":"))
        distance = before.y - line.y
        usual = self._leading.get(line.size) or 1.2 * em
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


def _edge(values: list[float]) -> float:
    """Return the leftmost place where lines begin often."""
    counts = Counter(round(value) for value in values)
    often = [value for value, count in counts.items() if count >= 0.05 * len(values)]
    return float(min(often, default=0))


def _item(text: str) -> str | None:
    found = list_mark(text)
    if found:
        return found[1]
    # Word's second bullet is an "o" of a typewriter font.
    return text[2:] if re.match(r"o \S", text) else None
