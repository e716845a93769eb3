"""The characters of a page into lines in reading order; what isn't read as text is told apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from recueil_qa.corpus.importing.blocks import SOFT_HYPHEN, Reason, repair, squash
from recueil_qa.corpus.importing.pdf_aligned import aligned
from recueil_qa.corpus.importing.pdf_grids import Rule, mark_cells
from recueil_qa.corpus.importing.pdf_pieces import (
    GAP,
    Cell,
    Glyph,
    Piece,
    joined,
    level,
    pieces,
    usual,
)
from recueil_qa.corpus.importing.raised import raised, told

COLUMN_LINES = 4  # side by side make columns
COLUMN_TEXT = 18  # characters of their lines, on average: less is a table
OMITTED = "[…]"
_TILTED = range(6, 355)
_UNKNOWN = "\ufffd"


@dataclass
class Sheet:
    """The characters of a page, the lines that it draws; `pictured` when a picture covers much."""

    glyphs: list[Glyph]
    width: float
    height: float
    pictured: bool = False
    rules: list[Rule] = field(default_factory=list)


@dataclass
class Line:
    """What goes to `PdfLine`."""

    x: float
    y: float
    size: float
    bold: bool
    text: str
    right: float
    cell: Cell | None = None


def lay_out(sheet: Sheet) -> tuple[list[Line], list[tuple[Reason, str, int]]]:
    """Return the lines of a page, and what is set aside: why, what, and at which line."""
    aside: list[tuple[Reason, str, int]] = []
    glyphs = _once(sheet.glyphs)
    hidden = [glyph for glyph in glyphs if glyph.unseen]
    seen = [glyph for glyph in glyphs if not glyph.unseen]
    scanned = sheet.pictured and _letters(hidden) > 4 * _letters(seen)
    if scanned:
        seen = glyphs
    tilted = [glyph for glyph in seen if glyph.angle in _TILTED]
    flat = [glyph for glyph in seen if glyph.angle not in _TILTED]
    mark_cells(flat, sheet.rules)
    lines: list[Line] = []
    for glyphs_of_line, cell in _ordered(flat):
        found: list[tuple[Reason, str]] = []
        line = _line(glyphs_of_line, found)
        line.cell = cell
        if line.text.strip(SOFT_HYPHEN):
            lines.append(line)
        aside += [(reason, text, max(1, len(lines))) for reason, text in found]
    if scanned and lines:
        aside.append(("scan", lines[0].text, 1))
    elif hidden:
        aside += [("hidden", text, 0) for text in _told(hidden)]
    for angle, across in groupby(tilted, key=lambda glyph: glyph.angle):
        text = "".join(glyph.text + " " * glyph.spaced for glyph in across)
        aside += [("running", squash(repair(text)), 0)] if angle and text.strip() else []
    return lines, aside


def _letters(glyphs: list[Glyph]) -> int:
    return sum(glyph.text.isalnum() for glyph in glyphs)


def _told(glyphs: list[Glyph]) -> Iterator[str]:
    """Yield the lines of what was left out."""
    for piece in pieces(glyphs):
        text = _line(piece.glyphs, []).text
        if text.strip(SOFT_HYPHEN):
            yield text


def _once(glyphs: list[Glyph]) -> list[Glyph]:
    """Leave out characters that are drawn twice at one place, as a shadow or to look bold."""
    kept: list[Glyph] = []
    seen: dict[tuple[str, int, int], Glyph] = {}
    for glyph in glyphs:
        key = glyph.text, round(glyph.x / 2), round(glyph.y / 2)
        twin = seen.get(key)
        if (
            twin
            and not glyph.text.isspace()
            and abs(twin.x - glyph.x) < 0.06 * glyph.size
            and abs(twin.y - glyph.y) < 0.06 * glyph.size
            and twin.size == glyph.size
        ):
            twin.unseen = twin.unseen and glyph.unseen
            twin.bold = True
            continue
        seen[key] = glyph
        kept.append(glyph)
    return kept


def _ordered(glyphs: list[Glyph]) -> Iterator[tuple[list[Glyph], Cell | None]]:
    """Yield lines: pieces of one height together, column after column where there are columns.

    Those of a table stand together, cell after cell.
    """
    ruled: dict[int, list[Piece]] = defaultdict(list)
    rows: list[list[Piece]] = []
    for piece in pieces(glyphs):
        last = rows[-1][-1] if rows else None
        if piece.cell:
            if piece.cell.table not in ruled:
                rows.append([piece])
            ruled[piece.cell.table].append(piece)
        elif (
            last
            and not last.cell
            and level(last, piece)
            and piece.x >= last.right - 0.5 * piece.size
        ):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    tables = aligned(rows, len(ruled))
    gutter = _gutter([row for at, row in enumerate(rows) if at not in tables and not row[0].cell])
    sides: tuple[list[list[Piece]], list[list[Piece]]] = ([], [])
    for at, row in enumerate(rows):
        table = row[0].cell is not None or at in tables
        if gutter is not None and not table and not _crosses(row, gutter):
            for side, within in zip(sides, (True, False), strict=True):
                kept = [piece for piece in row if (piece.right <= gutter + 1) == within]
                if kept:
                    side.append(kept)
            continue
        yield from ((joined(each), None) for side in sides for each in side)
        sides = ([], [])
        if at in tables:
            yield from ((piece.glyphs, cell) for piece, cell in tables[at])
        elif row[0].cell:
            yield from _ruled(ruled[row[0].cell.table])
        else:
            yield joined(row), None
    yield from ((joined(each), None) for side in sides for each in side)


def _ruled(table: list[Piece]) -> Iterator[tuple[list[Glyph], Cell | None]]:
    """Yield the lines of a ruled table, cell after cell, each from its top."""
    cells: dict[tuple[int, int], list[Piece]] = defaultdict(list)
    for piece in table:
        if piece.cell:
            cells[piece.cell.row, piece.cell.column].append(piece)
    for _, own in sorted(cells.items()):
        lines: list[list[Piece]] = []
        for piece in sorted(own, key=lambda piece: -piece.y):
            if lines and level(lines[-1][0], piece):
                lines[-1].append(piece)
            else:
                lines.append([piece])
        for line in lines:
            yield joined(sorted(line, key=lambda piece: piece.x)), own[0].cell


def _gutter(rows: list[list[Piece]]) -> float | None:
    """Return where the right one of two columns begins, if lines are drawn across both."""
    starts = Counter(
        round(piece.x / 3)
        for row in rows
        for before, piece in pairwise(row)
        if piece.x - before.right > 0.8 * piece.size
    )
    if not starts:
        return None
    start, count = starts.most_common(1)[0]
    both = [
        (before, piece)
        for row in rows
        for before, piece in pairwise(row)
        if abs(round(piece.x / 3) - start) <= 1
    ]
    text = sum(min(left.length, right.length) for left, right in both)
    if count < COLUMN_LINES or text < COLUMN_TEXT * len(both):
        return None
    return min(piece.x for _, piece in both)


def _crosses(row: list[Piece], gutter: float) -> bool:
    return any(piece.x < gutter - 1 and piece.right > gutter + 1 for piece in row)


def _line(glyphs: list[Glyph], found: list[tuple[Reason, str]]) -> Line:
    """Make a line of its characters: blanks between words, raised marks apart."""
    size = usual(glyph.size for glyph in glyphs if not glyph.text.isspace()) or glyphs[0].size
    base = usual(round(g.y, 1) for g in glyphs if g.size == size and not g.text.isspace())
    text = ""
    mark = ""
    last: Glyph | None = None
    for glyph in glyphs:
        up = glyph.y - base
        is_mark = glyph.size < 0.85 * size and 0.1 * size < up and not glyph.text.isspace()
        if mark and not is_mark:
            text, mark = _marked(text, mark, found), ""
        parted = last is not None and (last.spaced or glyph.x - last.right > GAP * size)
        if parted and not is_mark and text:
            text += " "
        if is_mark:
            mark += glyph.text
        else:
            text += glyph.text
        last = glyph
    text = _marked(text, mark, found) if mark else text
    if _UNKNOWN in text:
        found.append(("unread", squash(repair(text.replace(_UNKNOWN, "?")))))
        while _UNKNOWN * 2 in text:
            text = text.replace(_UNKNOWN * 2, _UNKNOWN)
        text = text.replace(_UNKNOWN, OMITTED)
    inked = [glyph for glyph in glyphs if not glyph.text.isspace()] or glyphs
    bold = sum(glyph.bold for glyph in inked) > 0.9 * len(inked)
    return Line(
        min(glyph.x for glyph in inked), base, size, bold, squash(repair(text)),
        max(glyph.right for glyph in inked),
    )  # fmt: skip


def _marked(text: str, mark: str, found: list[tuple[Reason, str]]) -> str:
    written = raised(text, mark) if text.strip() else mark + " "
    if written is None:
        found.append(("raised", told(text, mark)))
    return text + (written or "")
