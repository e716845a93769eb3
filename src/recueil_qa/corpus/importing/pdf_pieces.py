"""Characters put together as they are drawn: the pieces that lines, columns and tables are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

GAP = 0.17  # ems between two characters that a blank parts
GUTTER = 1.0  # ems between two columns, at least


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell of a table that text stands in; all count from 0 on its page.

    `span` columns wide; `edges` are where the table's columns begin. `headers` of its rows are
    surely headers.
    """

    table: int
    row: int
    column: int
    span: int
    edges: tuple[float, ...]
    headers: int = 0


@dataclass(slots=True)
class Glyph:
    """A character; `spaced` when a blank follows it, `unseen` when the page doesn't show it."""

    text: str
    x: float
    y: float
    right: float
    size: float
    bold: bool
    unseen: bool = False
    spaced: bool = False
    angle: int = 0
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    font: str = ""
    cell: Cell | None = None


@dataclass
class Piece:
    """Characters that stand on one line, one after the other."""

    glyphs: list[Glyph] = field(default_factory=list)

    @property
    def x(self) -> float:
        return self.glyphs[0].x

    @property
    def right(self) -> float:
        return max(glyph.right for glyph in self.glyphs[-3:])

    @property
    def size(self) -> float:
        return usual(glyph.size for glyph in self.glyphs)

    @property
    def y(self) -> float:
        size = self.size
        return usual(round(g.y, 1) for g in self.glyphs if g.size == size)

    @property
    def bold(self) -> bool:
        return all(glyph.bold for glyph in self.glyphs if not glyph.text.isspace())

    @property
    def cell(self) -> Cell | None:
        return self.glyphs[0].cell

    @property
    def length(self) -> int:
        return len(self.glyphs)


def pieces(glyphs: Iterable[Glyph]) -> Iterator[Piece]:
    """Put characters together as they are drawn: a piece ends where the next one stands apart."""
    piece = Piece()
    for glyph in glyphs:
        if glyph.text.isspace() and not piece.glyphs:
            continue
        if piece.glyphs and not _follows(piece.glyphs, glyph):
            yield piece
            piece = Piece()
            if glyph.text.isspace():
                continue
        piece.glyphs.append(glyph)
    if piece.glyphs:
        yield piece


def _follows(before: list[Glyph], glyph: Glyph) -> bool:
    last = before[-1]
    if glyph.cell != last.cell:
        return False
    em = max(last.size, glyph.size, 1.0)
    if glyph.text.isspace() and abs(last.y - glyph.y) < 0.5 * em:
        return -em < glyph.x - last.right < GUTTER * em
    level = abs(last.y - glyph.y) < 0.15 * em or _is_raised(before, glyph)
    return level and -0.5 * em < glyph.x - last.right < GUTTER * em


def _is_raised(before: list[Glyph], glyph: Glyph) -> bool:
    """Return whether a character stands on the same line, raised, lowered or back from it."""
    em = max(glyph.size, *(each.size for each in before[-8:]))
    bases = [each.y for each in before[-8:] if each.size == em] or [before[-1].y]
    off = glyph.y - bases[-1]
    return glyph.size != before[-1].size and -0.4 * em < off < 0.65 * em


def level(before: Piece, piece: Piece) -> bool:
    em = max(before.size, piece.size, 1.0)
    off = abs(before.y - piece.y)
    return off < (0.25 if before.size == piece.size else 0.6) * em


def joined(row: list[Piece]) -> list[Glyph]:
    glyphs: list[Glyph] = []
    for piece in row:
        if glyphs:
            glyphs[-1].spaced = glyphs[-1].spaced or piece.x - glyphs[-1].right > GAP * piece.size
        glyphs += piece.glyphs
    return glyphs


def usual(values: Iterable[float]) -> float:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value)) if counts else 0.0
